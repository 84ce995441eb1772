/** What every event store does, whichever database is below it. */
import { appendContract } from './contract-append.ts';
import { backupContract } from './contract-backup.ts';
import { jobContract } from './contract-jobs.ts';
import { rowContract } from './contract-rows.ts';
import { subscriptionContract } from './contract-subscription.ts';
import type { Harness } from './harness.ts';

export function eventStoreContract(name: string, open: () => Promise<Harness>): void {
  describe(name, () => {
    appendContract(open);
    rowContract(open);
    jobContract(open);
    backupContract(open);
    subscriptionContract(open);
  });
}

export type { Harness, TestProcess } from './harness.ts';
