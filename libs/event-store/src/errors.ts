export class ExpectedVersionConflict extends Error {
  readonly code = 'version_conflict';
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`stream ${stream} has ${actual} events, not ${expected}: something else changed it; load it again and decide anew`);
    this.name = 'ExpectedVersionConflict';
  }
}

export class ClaimConflict extends Error {
  readonly code = 'claim_conflict';
  constructor(
    readonly kind: string,
    readonly key: string,
    readonly holder: string,
  ) {
    super(`${kind} ${key} is held by ${holder}`);
    this.name = 'ClaimConflict';
  }
}

/** Two transactions each waited for a row that the other one had; this one gave way and can be tried again. */
export class TransactionDeadlock extends Error {
  readonly code = 'transaction_deadlock';
  constructor(options?: ErrorOptions) {
    super('two transactions waited for each other; this one was rolled back and can be tried again', options);
    this.name = 'TransactionDeadlock';
  }
}

export class UnstorableData extends Error {
  readonly code = 'unstorable_data';
  constructor(what: string) {
    super(`cannot be stored as JSON: ${what}`);
    this.name = 'UnstorableData';
  }
}

export class SubscriptionClosed extends Error {
  readonly code = 'subscription_closed';
  constructor() {
    super('the subscription was closed before it reached the position that was waited for');
    this.name = 'SubscriptionClosed';
  }
}

/** Written by a newer release than this process is. It must go unready and keep its last state: a guess would be wrong. */
export class UnknownEventType extends Error {
  readonly code = 'unknown_event_type';
  constructor(
    readonly type: string,
    readonly schema: number,
    readonly position: number,
  ) {
    super(`event ${position} is a ${type} of schema ${schema}, which this release does not know; run the newer release`);
    this.name = 'UnknownEventType';
  }
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
