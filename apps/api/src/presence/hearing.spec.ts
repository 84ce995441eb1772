import { MemoryDatabase, MemoryEventStore, MemoryJobs } from '@techulus/event-store';
import { systemHash, type Timer, type Timers } from '@techulus/ports';
import { silentLog } from '../log.ts';
import { Hearing } from './hearing.ts';
import { presencesOf, type PresenceRow } from './presence.ts';

const clock = { time: 1_000_000, now: () => clock.time, monotonic: () => clock.time };
let beat: () => void;
const timers: Timers = {
  after: (): Timer => ({ cancel: () => undefined }),
  every: (_, run): Timer => ((beat = run), { cancel: () => undefined }),
};

function database(): MemoryDatabase {
  return new MemoryDatabase(clock, systemHash, new MemoryJobs(clock, timers));
}

async function start(on: MemoryDatabase): Promise<Hearing> {
  const hearing = new Hearing({
    store: new MemoryEventStore({ database: on, clock, timers }),
    clock,
    timers,
    log: silentLog,
  });
  await hearing.start();
  return hearing;
}

async function pass(ms: number): Promise<void> {
  clock.time += ms;
  beat();
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('since when the control plane can hear', () => {
  it('is its first start, as long as it goes on', async () => {
    const hearing = await start(database());
    const since = clock.time;
    await pass(2_000);
    await pass(5_000);
    expect(hearing.since).toBe(since);
  });

  it('starts again after a gap, and not for a second process that joins one that hears', async () => {
    const shared = database();
    const since = (await start(shared)).since;
    clock.time += 5_000;
    expect((await start(shared)).since).toBe(since);
    clock.time += 60_000;
    expect((await start(shared)).since).toBe(clock.time);
  });

  it('starts again when the clock jumps, forwards or back', async () => {
    const hearing = await start(database());
    await pass(3_600_000);
    expect(hearing.since).toBe(clock.time);
    await pass(-3_600_000);
    expect(hearing.since).toBe(clock.time);
  });

  it('lets nobody count as silent for longer', () => {
    const row = {
      seenAt: 10,
      acks: {},
      containers: [],
      unobserved: [],
      podmanAnswers: true,
      resources: {},
    } as unknown as PresenceRow;
    expect(presencesOf(new Map([['s', row]]), 500).get('s')?.seenAt).toBe(500);
    expect(presencesOf(new Map([['s', { ...row, seenAt: 600 }]]), 500).get('s')?.seenAt).toBe(600);
  });
});
