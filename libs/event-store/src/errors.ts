export class ExpectedVersionConflict extends Error {
  readonly code = 'version_conflict';
  readonly stream: string;
  readonly expected: number;
  readonly actual: number;

  constructor(stream: string, expected: number, actual: number) {
    super(
      `stream ${stream} has ${actual} events, not ${expected}: something else changed it; load it again and decide anew`,
    );
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
    this.name = 'ExpectedVersionConflict';
  }
}

export class ClaimConflict extends Error {
  readonly code = 'claim_conflict';
  readonly kind: string;
  readonly key: string;
  readonly holder: string;

  constructor(kind: string, key: string, holder: string) {
    super(`${kind} ${key} is held by ${holder}`);
    this.kind = kind;
    this.key = key;
    this.holder = holder;
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

/** A restore would mix two logs. */
export class StoreNotEmpty extends Error {
  readonly code = 'store_not_empty';
  constructor() {
    super('the database is not empty: a backup is restored into a new one only');
    this.name = 'StoreNotEmpty';
  }
}

/** Written by a newer release than this process is. It must go unready and keep its last state: a guess would be wrong. */
export class UnknownEventType extends Error {
  readonly code = 'unknown_event_type';
  readonly type: string;
  readonly schema: number;
  readonly position: number;

  constructor(type: string, schema: number, position: number) {
    super(
      `event ${position} is a ${type} of schema ${schema}, which this release does not know; run the newer release`,
    );
    this.type = type;
    this.schema = schema;
    this.position = position;
    this.name = 'UnknownEventType';
  }
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
