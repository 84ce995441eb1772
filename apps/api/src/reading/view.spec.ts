import { MemoryDatabase, MemoryEventStore, MemoryJobs } from '@techulus/event-store';
import { systemHash, type Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Hearing } from '../presence/hearing.ts';
import { PRESENCE_ROWS } from '../presence/presence.ts';
import { Views } from './view.ts';

const clock = { now: () => 60_000, monotonic: () => 60_000 };
const timers: Timers = { after: () => ({ cancel: () => undefined }), every: () => ({ cancel: () => undefined }) };
const live = { state: { marked: true }, epoch: 1 } as unknown as LiveCluster;

it('shows no server as silent for the time in which the control plane did not run, and when it was really seen', async () => {
  const database = new MemoryDatabase(clock, systemHash, new MemoryJobs(clock, timers));
  const store = new MemoryEventStore({ database, clock, timers });
  const report = { seenAt: 1_000, acks: {}, resources: {}, unobserved: [], containers: [] };
  await store.transact(({ rows }) => rows.put(PRESENCE_ROWS, 's-1', report));
  const seenAt = async (since: number): Promise<unknown[]> => {
    const view = await new Views(live, store, clock, { since } as Hearing).now();
    return [view.presence.get('s-1')?.seenAt, view.reports?.get('s-1')?.seenAt];
  };
  expect(await seenAt(59_000)).toEqual([59_000, 1_000]);
  expect(await seenAt(500)).toEqual([1_000, 1_000]);
});
