import type { Action, Outcome } from '@techulus/reconcile';
import { backoffMs } from './backoff.ts';

/** An action that failed, or had no effect, and when it is tried again. */
export interface Deferral {
  readonly action: Action;
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly outcome: 'retry' | 'refused';
  readonly message: string;
}

/** A person is at work on what stands in the way, and trying is only looking. */
const REFUSED_RETRY_MS = 10_000;
const LONGEST_MS = 60_000;

export function actionKey(action: Action): string {
  return `${action.kind}/${action.key}`;
}

function retryMs(failures: number, least: number): number {
  return Math.max(least, backoffMs(failures, Math.max(least, 1), LONGEST_MS));
}

/** What failed waits by itself and holds nothing else up. */
export class Deferrals {
  private readonly byKey = new Map<string, Deferral>();

  list(): Deferral[] {
    return [...this.byKey.values()];
  }

  /** The first action that does not wait. */
  firstDue(actions: readonly Action[], now: number): Action | null {
    return actions.find((action) => (this.byKey.get(actionKey(action))?.until ?? 0) <= now) ?? null;
  }

  /** Forgets what is no longer wanted: its next failure starts from the shortest wait. */
  keepOnly(actions: readonly Action[]): void {
    const wanted = new Set(actions.map(actionKey));
    for (const key of this.byKey.keys()) if (!wanted.has(key)) this.byKey.delete(key);
  }

  failed(action: Action, outcome: Exclude<Outcome, { outcome: 'done' }>, now: number): void {
    const failures = (this.byKey.get(actionKey(action))?.failures ?? 0) + 1;
    const until = now + (outcome.outcome === 'refused' ? REFUSED_RETRY_MS : retryMs(failures, outcome.afterMs));
    this.byKey.set(actionKey(action), { action, failures, until, outcome: outcome.outcome, message: outcome.message });
  }
}
