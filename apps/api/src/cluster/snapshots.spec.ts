import { readdirSync, readFileSync } from 'node:fs';
import { type DomainEvent, emptyCluster, evolve, EVENT_SCHEMAS } from '@techulus/domain';
import { type EventStore, MemoryDatabase, MemoryEventStore, MemoryJobs, type StoredEvent } from '@techulus/event-store';
import { systemHash, systemTimers } from '@techulus/ports';
import { silentLog } from '../log.ts';
import { until } from '../testing/until.ts';
import { recorded } from './event-types.ts';
import { LiveCluster } from './live-cluster.ts';
import { SNAPSHOT_MARKS, Snapshots, SNAPSHOTS } from './snapshots.ts';

const clock = { now: () => 0, monotonic: () => 0 };
const FIXTURES = new URL('../../../../libs/domain/fixtures/events/', import.meta.url);

/** Every event that there is, in an order in which it could happen. */
function story(): (DomainEvent & { stream: string })[] {
  const rank = ({ type }: DomainEvent): number => {
    if (/\.(created|issued|requested|credentials_written)$/.test(type)) return 0;
    return /\.(deleted|removed|address_released|credentials_deleted)$/.test(type) ? 2 : 1;
  };
  return readdirSync(FIXTURES)
    .toSorted()
    .map((file) => JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')) as DomainEvent & { stream: string })
    .toSorted((a, b) => rank(a) - rank(b));
}

async function tell(store: EventStore): Promise<void> {
  const versions = new Map<string, number>();
  for (const { type, stream, data } of story()) {
    const expectedVersion = versions.get(stream) ?? 0;
    versions.set(stream, expectedVersion + 1);
    const events = [{ type, data, schema: EVENT_SCHEMAS[type] }];
    await store.append({ appends: [{ stream, expectedVersion, events }], meta: { actor: 'test' } });
  }
}

let database: MemoryDatabase;
let store: MemoryEventStore;
beforeEach(() => {
  database = new MemoryDatabase(clock, systemHash, new MemoryJobs(clock, systemTimers));
  store = new MemoryEventStore({ database, clock, timers: systemTimers });
});

const snapshots = (every = 1): Snapshots => new Snapshots({ store, log: silentLog, every });
const all = (): Promise<StoredEvent[]> => store.read({ after: 0, limit: 1_000 });

async function started(every: number): Promise<LiveCluster> {
  const live = new LiveCluster({ store, clock, timers: systemTimers, log: silentLog, snapshots: snapshots(every) });
  await live.start();
  return live;
}

async function change(value: (row: Record<string, unknown>) => object): Promise<void> {
  const [row] = await store.rows.list<Record<string, unknown>>(SNAPSHOTS);
  await store.transact(({ rows }) => rows.put(SNAPSHOTS, row?.key ?? '', value(row?.value ?? {})));
}

describe('a snapshot of the fold', () => {
  it('with the rest of the log is the whole fold, wherever it was made', async () => {
    await tell(store);
    const events = await all();
    const whole = emptyCluster();
    for (const event of events) evolve(whole, recorded(event));
    const cut = emptyCluster();
    for (const event of events) {
      evolve(cut, recorded(event));
      await snapshots().write(() => ({ state: cut, hash: event.hash }));
      const loaded = await snapshots().load();
      expect(loaded).toEqual({ state: cut, hash: event.hash });
      for (const later of events.slice(event.position)) evolve(loaded!.state, recorded(later));
      expect(loaded?.state).toEqual(whole);
    }
  });

  it('is what a start begins from, and is made anew after so many events, by one of two', async () => {
    await tell(store);
    const [first, second] = [await started(20), await started(20)];
    await until(async () => (await store.rows.list(SNAPSHOT_MARKS)).length === 1, 'a snapshot is written');
    const [mark] = await store.rows.list<{ position: number }>(SNAPSHOT_MARKS);
    expect(mark?.value.position).toBe(first.head.position);
    await first.close();
    await second.close();
    const read: number[] = [];
    const reading = store.read.bind(store);
    store.read = (options) => {
      read.push(options.after);
      return reading(options);
    };
    const third = await started(20);
    expect(third.head).toEqual(first.head);
    expect(third.state).toEqual(first.state);
    expect(read).not.toContain(0);
    await third.close();
  });

  it.each([
    ['text that was changed', (row: Record<string, unknown>) => ({ ...row, digest: '0'.repeat(64) })],
    ['text that is no text', (row: Record<string, unknown>) => ({ ...row, state: 'AAAA' })],
    ["another log's hash", (row: Record<string, unknown>) => ({ ...row, hash: '1'.repeat(64) })],
    ['a position behind the head', (row: Record<string, unknown>) => ({ ...row, position: 10_000 })],
    ['nothing in it', () => ({})],
  ])('is not believed with %s; the whole log is read', async (_, spoil) => {
    await tell(store);
    const first = await started(1);
    await first.close();
    await change(spoil);
    expect(await snapshots().load()).toBeUndefined();
    const second = await started(1);
    expect(second.state).toEqual(first.state);
    await second.close();
  });
});
