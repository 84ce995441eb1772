import type { Job } from '../jobs.ts';
import { append, eventually, meta, type Harness, type TestProcess } from './harness.ts';

export function jobContract(open: () => Promise<Harness>): void {
  let harness: Harness;
  let process: TestProcess;
  let done: Job[];
  const work = (job: Job): Promise<void> => {
    done.push(job);
    return Promise.resolve();
  };
  const names = (): string[] => done.map(({ data }) => (data as { name: string }).name).sort();
  const enqueue = (name: string, options: { startAfterMs?: number; singletonKey?: string } = {}): Promise<unknown> =>
    process.store.append({ appends: [], jobs: [{ queue: 'q', data: { name }, ...options }], meta });
  beforeEach(async () => {
    harness = await open();
    process = await harness.process();
    done = [];
  });
  afterEach(() => harness.close());

  describe('jobs', () => {
    it('delivers what was committed, also what waited before anybody worked', async () => {
      await enqueue('before');
      await process.jobs.work('q', work);
      await enqueue('after');
      await eventually(harness, () => done.length === 2, 'both jobs are done');
      expect(names()).toEqual(['after', 'before']);
      expect(done[0]).toMatchObject({ queue: 'q', attempt: 1 });
    });

    it('has no job of a transaction that was rolled back', async () => {
      const jobs = [{ queue: 'q', data: { name: 'never' } }];
      await process.store.append({ appends: [append('s', 0, 'made')], meta });
      await expect(process.store.append({ appends: [append('s', 0, 'again')], jobs, meta })).rejects.toMatchObject({
        code: 'version_conflict',
      });
      await process.jobs.work('q', work);
      await enqueue('later');
      await eventually(harness, () => done.length > 0, 'the later job is done');
      await harness.pass(300);
      expect(names()).toEqual(['later']);
    });

    it('starts a job no earlier than it may', async () => {
      await process.jobs.work('q', work);
      const since = harness.now();
      await enqueue('deferred', { startAfterMs: 1200 });
      await enqueue('now');
      await eventually(harness, () => done.length > 0, 'the first job is done');
      expect(names()).toEqual(['now']);
      await eventually(harness, () => done.length === 2, 'the deferred job is done');
      expect(harness.now() - since).toBeGreaterThanOrEqual(1200);
    });

    it('keeps one waiting job per singleton key, and every job without one', async () => {
      await enqueue('one', { singletonKey: 'k' });
      await enqueue('two', { singletonKey: 'k' });
      await enqueue('three', { singletonKey: 'other' });
      await enqueue('four');
      await enqueue('five');
      await process.jobs.work('q', work);
      await eventually(harness, () => done.length >= 4, 'four jobs are done');
      await harness.pass(300);
      expect(names()).toEqual(['five', 'four', 'one', 'three']);
    });

    it('gives a job again to a handler that failed', async () => {
      await process.jobs.work('q', async (job) => {
        await work(job);
        if (job.attempt < 2) throw new Error('not yet');
      });
      await enqueue('stubborn');
      await eventually(harness, () => done.length === 2, 'the job is tried again');
      expect(done.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });

    it('gives each job to one of two processes', async () => {
      const other = await harness.process();
      await process.jobs.work('q', work);
      await other.jobs.work('q', work);
      for (let index = 0; index < 10; index += 1) await enqueue(`job-${index}`);
      await eventually(harness, () => done.length >= 10, 'all jobs are done');
      await harness.pass(300);
      expect(new Set(names()).size).toBe(10);
      expect(done).toHaveLength(10);
    });
  });
}
