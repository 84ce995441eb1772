import { systemHash } from '@techulus/ports';
import type { CommitPoints } from '../event-store.ts';
import { eventStoreContract, type Harness } from '../testing/contract.ts';
import { append, eventually, meta } from '../testing/harness.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { MemoryJobs, type DeliveryFaults } from './memory-jobs.ts';

function openMemory(faults: DeliveryFaults = {}) {
  const time = new ManualTime();
  const database = new MemoryDatabase(time, systemHash, new MemoryJobs(time, time, faults));
  const process = () => {
    const points: CommitPoints = {};
    const store = new MemoryEventStore({ database, clock: time, timers: time, points });
    return { store, jobs: database.jobs.connect(), points };
  };
  const harness: Harness = {
    process: () => Promise.resolve(process()),
    pass: (ms) => time.advance(ms),
    now: () => time.monotonic(),
    close: () => Promise.resolve(),
  };
  return { harness, time, database, process };
}

eventStoreContract('the event store in memory', () => Promise.resolve(openMemory().harness));

describe('the twin under a simulation', () => {
  it('delivers a job late and twice where it is told to', async () => {
    const { harness, process } = openMemory({ copies: () => 2, lateMs: () => 4000 });
    const { store, jobs } = process();
    let done = 0;
    await jobs.work('q', () => Promise.resolve(void (done += 1)));
    await store.append({ appends: [], jobs: [{ queue: 'q', data: {} }], meta });
    await harness.pass(3900);
    expect(done).toBe(0);
    await eventually(harness, () => done === 2, 'delivered twice');
  });

  it('gives jobs of a process that stopped to another one', async () => {
    const { harness, process } = openMemory();
    const [one, two] = [process(), process()];
    let done = 0;
    await one.jobs.work('q', () => Promise.reject(new Error('stopped')));
    await one.store.append({ appends: [], jobs: [{ queue: 'q', data: {} }], meta });
    await harness.pass(10);
    await one.jobs.stop();
    await two.jobs.work('q', () => Promise.resolve(void (done += 1)));
    await eventually(harness, () => done === 1, 'the other process did it');
  });

  it('frees what a killed process held, and commits nothing of it', async () => {
    const { process } = openMemory();
    const [one, two] = [process(), process()];
    let goOn = (): void => undefined;
    const killed = one.store.transact(async (tx) => {
      await tx.rows.put('k', 'a', 'lost');
      await new Promise<void>((resolve) => (goOn = resolve));
      return tx;
    });
    await Promise.resolve();
    one.store.crash();
    await two.store.transact(({ rows }) => rows.put('k', 'a', 'kept'));
    goOn();
    await expect(killed).rejects.toThrow('killed');
    await expect(one.store.append({ appends: [append('s', 0, 'made')], meta })).rejects.toThrow('killed');
    expect(await two.store.rows.get('k', 'a')).toBe('kept');
  });

  it('makes the same log from the same steps, byte for byte', async () => {
    const logOf = async (): Promise<string> => {
      const { process } = openMemory();
      const { store } = process();
      for (const stream of ['b', 'a']) await store.append({ appends: [append(stream, 0, 'x', 'y')], meta });
      return JSON.stringify(await store.read({ after: 0, limit: 10 }));
    };
    expect(await logOf()).toBe(await logOf());
  });
});
