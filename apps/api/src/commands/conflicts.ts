import { ClaimConflict, ExpectedVersionConflict, TransactionDeadlock } from '@techulus/event-store';

/** Why a transaction that failed may be tried again: its view was stale, or it only met another one. Null: it may not. */
export function retryReason(error: unknown): 'stale_view' | 'deadlock' | null {
  if (error instanceof TransactionDeadlock) return 'deadlock';
  return error instanceof ExpectedVersionConflict || error instanceof ClaimConflict ? 'stale_view' : null;
}
