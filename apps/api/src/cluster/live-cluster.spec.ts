import { type EventStore, MemoryDatabase, MemoryEventStore, MemoryJobs, type NewEvent } from '@techulus/event-store';
import { systemHash, systemTimers } from '@techulus/ports';
import { silentLog } from '../log.ts';
import { until } from '../testing/until.ts';
import { ensureCluster } from './first-event.ts';
import { LiveCluster } from './live-cluster.ts';

const clock = { time: 0, now: () => clock.time, monotonic: () => clock.time };

function open(): { store: EventStore; live: LiveCluster; break: () => void } {
  const database = new MemoryDatabase(clock, systemHash, new MemoryJobs(clock, systemTimers));
  const store = new MemoryEventStore({ database, clock, timers: systemTimers });
  const live = new LiveCluster({ store, clock, timers: systemTimers, log: silentLog });
  const read = store.read.bind(store);
  let broken = false;
  store.read = (options) => (broken ? Promise.reject(new Error('no database')) : read(options));
  return { store, live, break: () => void (broken = true) };
}

async function append(store: EventStore, id: string, event: NewEvent): Promise<number> {
  const { position } = await store.append({
    appends: [{ stream: `project/${id}`, expectedVersion: 0, events: [event] }],
    meta: { actor: 'test' },
  });
  return position;
}

const created = (name: string): NewEvent => ({ type: 'project.created', schema: 1, data: { name } });

describe('the cluster as this process has folded it', () => {
  beforeEach(() => void (clock.time = 0));

  it('is not ready before it has read the log, and then as far as the log is', async () => {
    const { store, live } = open();
    expect(live.whyUnready()).toContain('not been read');
    await ensureCluster(store);
    await append(store, 'p', created('one'));
    await live.start();
    expect(live.whyUnready()).toBeNull();
    expect(live.head).toEqual({ position: 2, hash: (await store.head()).hash });
    await live.caughtUp(await append(store, 'q', created('two')));
    expect([...live.state.projects.values()].map(({ name }) => name)).toEqual(['one', 'two']);
    await live.close();
  });

  it('goes unready and keeps what it knew when a newer release wrote into the log', async () => {
    const { store, live } = open();
    await append(store, 'p', created('one'));
    await live.start();
    await append(store, 'q', { type: 'project.painted', schema: 1, data: {} });
    await until(() => live.whyUnready() !== null);
    expect(live.whyUnready()).toContain('project.painted');
    expect(live.head.position).toBe(1);
    await expect(live.catchUpToHead()).rejects.toMatchObject({
      code: 'not_ready',
      cause: { code: 'unknown_event_type' },
    });
    await live.close();
  });

  it('goes unready when the head was not confirmed for five seconds', async () => {
    const { store, live, break: breakDatabase } = open();
    await append(store, 'p', created('one'));
    await live.start();
    breakDatabase();
    clock.time += 5_000;
    expect(live.whyUnready()).toBeNull();
    clock.time += 1;
    expect(live.whyUnready()).toContain('not confirmed');
    await live.close();
  });
});
