import { systemHash } from '@techulus/ports';
import type { BackupRecord, BackupStore } from '../backup.ts';
import type { Commit, EventStore } from '../event-store.ts';
import { verifyLog } from '../hash-chain.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { MemoryEventStore } from '../memory/memory-event-store.ts';
import { MemoryJobs } from '../memory/memory-jobs.ts';
import { append, eventually, meta, type Harness, type TestProcess } from './harness.ts';
import { ManualTime } from './manual-time.ts';

type Store = EventStore & BackupStore;

async function* stream(records: readonly BackupRecord[]): AsyncGenerator<BackupRecord> {
  yield* records;
  await Promise.resolve();
}

async function backedUp(store: BackupStore, leaveOut: readonly string[] = []): Promise<BackupRecord[]> {
  const records: BackupRecord[] = [];
  await store.backUp(leaveOut, (record) => Promise.resolve(void records.push(record)));
  return records;
}

/** A store with a story, in memory: what comes from either store is restored into either. */
async function told(): Promise<Store> {
  const time = new ManualTime();
  const database = new MemoryDatabase(time, systemHash, new MemoryJobs(time, time));
  const store = new MemoryEventStore({ database, clock: time, timers: time });
  for (let index = 0; index < 600; index += 1) {
    await store.append({ appends: [append('many', index, `n${index}`)], meta });
  }
  const claims = [{ kind: 'name', key: 'web', stream: 's' }];
  await store.append({ appends: [append('s', 0, 'made', 'moved')], claims, meta });
  await store.transact(async ({ rows }) => {
    for (let index = 0; index < 510; index += 1) await rows.put('kept', `k${index}`, { index, text: 'ä"\\' });
    await rows.put('left', 'x', 1);
  });
  return store;
}

const restored = (stream_ = 'cluster', jobs: Commit['jobs'] = []): Commit => ({
  appends: [append(stream_, 0, 'restored')],
  jobs,
  meta,
});

export function backupContract(open: () => Promise<Harness>): void {
  let harness: Harness;
  let process: TestProcess;
  beforeEach(async () => {
    harness = await open();
    process = await harness.process();
  });
  afterEach(() => harness.close());

  describe('a backup', () => {
    it('brings back the log with its chain, the claims and the rows, in a higher epoch', async () => {
      const source = await told();
      const records = await backedUp(source, ['left']);
      const { store } = process;
      await store.restore(stream(records), { epoch: 7, commit: restored() });
      const events = await store.read({ after: 0, limit: 1_000 });
      expect(events.slice(0, 602)).toEqual(await source.read({ after: 0, limit: 1_000 }));
      expect(events[602]).toMatchObject({ position: 603, type: 'restored' });
      expect(await store.head()).toMatchObject({ position: 603, epoch: 7 });
      expect(await verifyLog(store, systemHash)).toMatchObject({ ok: true });
      expect(await store.rows.list('kept')).toEqual(await source.rows.list('kept'));
      expect(await store.rows.get('left', 'x')).toBeUndefined();
      const claims = [{ kind: 'name', key: 'web', stream: 'other' }];
      await expect(store.append({ appends: [], claims, meta })).rejects.toMatchObject({ code: 'claim_conflict' });
      await store.append({ appends: [append('s', 2, 'goes on')], meta });
      // And from there once more: nothing was lost on the way.
      expect((await backedUp(store)).slice(0, 602)).toEqual(records.slice(0, 602));
    });

    it('does what is due again', async () => {
      let done = 0;
      await process.jobs.work('due', () => Promise.resolve(void (done += 1)));
      const jobs = [{ queue: 'due', data: { about: 'it' } }];
      await process.store.restore(stream([]), { epoch: 2, commit: restored('cluster', jobs) });
      await eventually(harness, () => done === 1, 'the job was done');
    });

    it('is refused where there is anything, and leaves nothing where it fails', async () => {
      const { store } = process;
      const records = await backedUp(await told());
      const broken = { epoch: 2, commit: restored('many') }; // that stream is not new
      await expect(store.restore(stream(records), broken)).rejects.toMatchObject({ code: 'version_conflict' });
      expect(await store.head()).toMatchObject({ position: 0, epoch: 1 });
      await store.transact(({ rows }) => rows.put('k', 'a', 1));
      const restore = store.restore(stream([]), { epoch: 2, commit: restored() });
      await expect(restore).rejects.toMatchObject({ code: 'store_not_empty' });
    });

    it('is of one moment, whatever is written meanwhile', async () => {
      const { store } = process;
      await store.append({ appends: [append('s', 0, 'before')], meta });
      await store.transact(({ rows }) => rows.put('k', 'a', 'before'));
      const records: BackupRecord[] = [];
      const head = await store.backUp([], async (record) => {
        if (records.length === 0) {
          await store.append({ appends: [append('s', 1, 'meanwhile')], meta });
          await store.transact(({ rows }) => rows.put('k', 'b', 'meanwhile'));
        }
        records.push(record);
      });
      expect(head.position).toBe(1);
      expect(records).toMatchObject([{ event: { type: 'before' } }, { row: { key: 'a' } }]);
    });
  });
}
