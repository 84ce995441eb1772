/**
 * A write that may be repeated: what names it (its Idempotency-Key) is held by a row in the command's own transaction, so
 * that it is decided exactly if that row exists. Who comes second waits for the row and gets what the first one decided.
 */
import type { EventMeta, JobRequest, RowAccess } from '@techulus/event-store';

export interface Once {
  /** Holds the key until the transaction ends. Undefined: nothing was decided under it yet. */
  begin(rows: RowAccess): Promise<{ readonly result: unknown } | undefined>;
  /** Keeps what was decided; answers the job that forgets it. */
  keep(rows: RowAccess, result: unknown): Promise<JobRequest>;
}

/** What a request says of itself: who and why (kept with every event), and whether it is a repetition. */
export interface CommandMeta extends EventMeta {
  readonly once?: Once;
}

export function eventMeta({ once: _, ...meta }: CommandMeta): EventMeta {
  return meta;
}
