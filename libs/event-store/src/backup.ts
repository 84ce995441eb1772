/**
 * What a store is made of, record by record, for a copy that outlives it: the log, the claims and the rows. Jobs are not in
 * it: whoever restores knows from the log what is due again. Positions, versions, times and hashes stay as they were.
 */
import type { Claim, Commit, Committed, Head, StoredEvent } from './event-store.ts';

export interface BackupRow {
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
}

/** Events come first and in their order. */
export type BackupRecord = { readonly event: StoredEvent } | { readonly claim: Claim } | { readonly row: BackupRow };

export interface Restore {
  /** Above every epoch that a server may have heard of. */
  readonly epoch: number;
  /** What follows from the restore itself, in its transaction: its event, and the jobs that are due again. */
  readonly commit: Commit;
}

export interface BackupStore {
  /** Everything as of one moment, while others go on writing; rows of the kinds that are left out are not in it. */
  backUp(leaveOut: readonly string[], write: (record: BackupRecord) => Promise<void>): Promise<Head>;
  /** Into an empty store, all or nothing; StoreNotEmpty where there is anything. */
  restore(records: AsyncIterable<BackupRecord>, restore: Restore): Promise<Committed>;
}
