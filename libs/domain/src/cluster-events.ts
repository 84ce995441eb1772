import type { EventOf } from './event-of.ts';

export type ClusterEvent =
  | EventOf<'cluster.created', { offlineAfterMs: number; replacementGraceMs: number }>
  /** `backupAt`: when the backup was made. What happened after it is not in the log, and may still run. */
  | EventOf<'cluster.restored', { epoch: number; backupAt: number }>
  | EventOf<'cluster.unknown_stopped', Record<string, never>>;
