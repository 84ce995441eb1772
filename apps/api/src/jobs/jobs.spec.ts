import { emptyCluster } from '@techulus/domain';
import type { Commit, EventStore, JobHandler } from '@techulus/event-store';
import type { Timer } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Commands } from '../commands/execute.ts';
import { silentLog } from '../log.ts';
import { Jobs } from './jobs.ts';

/** Jobs on a queue, a log and a clock that only note what is asked of them. */
async function scene(): Promise<{
  handlers: Map<string, JobHandler>;
  executed: string[];
  appended: Commit[];
  hearing: { since: number; quiet: Set<string> };
  clock: { now(): number; monotonic(): number; time: number };
  state: ReturnType<typeof emptyCluster>;
  tick(): Promise<void>;
}> {
  const handlers = new Map<string, JobHandler>();
  const executed: string[] = [];
  const appended: Commit[] = [];
  const clock = { time: 100_000, now: (): number => clock.time, monotonic: (): number => clock.time };
  const quiet = new Set<string>();
  const hearing = { since: 0, quiet, someQuiet: (ids: Iterable<string>) => [...ids].some((id) => quiet.has(id)) };
  const state = emptyCluster();
  let run = (): void => undefined;
  const jobs = new Jobs({
    queue: {
      work: (queue, handler) => Promise.resolve(void handlers.set(queue, handler)),
      stop: () => Promise.resolve(),
    },
    store: { append: (commit: Commit) => Promise.resolve(void appended.push(commit)) } as unknown as EventStore,
    live: { whyUnready: () => null, state } as unknown as LiveCluster,
    commands: {
      execute: (_: unknown, meta: { because: string }) => Promise.resolve(void executed.push(meta.because)),
    } as unknown as Commands,
    clock,
    timers: {
      after: (): Timer => ({ cancel: () => undefined }),
      every: (_, tick): Timer => ((run = tick), { cancel: () => undefined }),
    },
    hearing,
    log: silentLog,
  });
  await jobs.start();
  return { handlers, executed, appended, hearing, clock, state, tick: async () => (run(), Promise.resolve()) };
}

const due = { stream: 'deployment/d', version: 3, about: 'starting', afterMs: 30_000 };
const job = { id: 'j', queue: 'deadline', data: due, attempt: 1 };

describe('work that time brings', () => {
  it('is done when a deadline has come', async () => {
    const { handlers, executed, appended } = await scene();
    await handlers.get('deadline')?.(job);
    expect(executed).toEqual(['deadline: starting of deployment/d']);
    expect(appended).toEqual([]);
  });

  it('is put off by as long as nobody could hear', async () => {
    const { handlers, executed, appended, hearing, clock } = await scene();
    hearing.since = clock.time - 10_000;
    await handlers.get('deadline')?.(job);
    expect(executed).toEqual([]);
    expect(appended[0]?.jobs).toEqual([
      expect.objectContaining({ queue: 'deadline', data: due, startAfterMs: 20_000 }),
    ]);
  });

  it('is looked for when a server is not heard, until it is known to be offline', async () => {
    const { appended, state, hearing, tick } = await scene();
    const server = { id: 's', removed: false, draining: false, admitted: true, registration: {}, offlineAt: null };
    state.servers.set('s', server as never);
    await tick();
    expect(appended).toEqual([]);
    hearing.quiet.add('s');
    await tick();
    await tick();
    expect(appended).toHaveLength(2);
  });

  it('is looked for only while something is in motion', async () => {
    const { appended, state, clock, tick } = await scene();
    await tick();
    expect(appended).toEqual([]);
    const removing = { id: 's', removed: false, draining: true, admitted: true, offlineAt: null };
    state.servers.set('s', removing as never);
    await tick();
    expect(appended[0]?.jobs).toEqual([expect.objectContaining({ queue: 'look', singletonKey: 'look' })]);
    await tick();
    expect(appended).toHaveLength(1);
    clock.time += 3_000;
    await tick();
    expect(appended).toHaveLength(2);
  });
});
