/**
 * One command, one transaction: load → decide → events, claims, rows and jobs, retried when something else was faster.
 * A retry decides on a fold that has seen what it collided with, never on the same stale view.
 */
import { decisionOf, type Decision, type Draft, EVENT_SCHEMAS, type Facts, openDraft, settle } from '@techulus/domain';
import type { Commit, EventMeta, EventStore, RowAccess } from '@techulus/event-store';
import type { Clock, Random, Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Hearing } from '../presence/hearing.ts';
import { presencesOf, readPresence } from '../presence/presence.ts';
import { retried } from './retry.ts';

export type Decide<T> = (draft: Draft) => T;
/** Writes rows in the command's own transaction. */
export type WriteRows<T> = (result: T, rows: RowAccess) => Promise<void>;

export interface Executed<T> {
  readonly result: T;
  /** A read that asks for at least this position sees what the command did. */
  readonly position: number;
}

export interface CommandParts {
  store: EventStore;
  live: LiveCluster;
  clock: Clock;
  timers: Timers;
  random: Random;
  hearing: Pick<Hearing, 'since'>;
}

/** A decision as the log takes it. */
export function commitOf(decision: Decision, meta: EventMeta): Commit {
  return {
    appends: decision.appends.map(({ stream, expectedVersion, events }) => ({
      stream,
      expectedVersion,
      events: events.map(({ type, data }) => ({ type, data, schema: EVENT_SCHEMAS[type] })),
    })),
    claims: [...decision.claims],
    releases: [...decision.releases],
    jobs: decision.jobs.map(({ queue, afterMs, data }) => ({
      queue,
      data: { ...data, afterMs },
      startAfterMs: afterMs,
      singletonKey: `${data.stream}@${data.version}:${data.about}`,
    })),
    meta,
  };
}

export function isEmpty(decision: Decision): boolean {
  return [decision.appends, decision.claims, decision.releases, decision.jobs].every((list) => list.length === 0);
}

export class Commands {
  constructor(private readonly parts: CommandParts) {}

  /** Decides on the cluster as of the log's head, commits, and returns once this process has folded it. */
  async execute<T>(decide: Decide<T>, meta: EventMeta, writeRows?: WriteRows<T>): Promise<Executed<T>> {
    const { live } = this.parts;
    live.requireReady();
    await live.catchUpToHead();
    return retried(this.parts, () => this.once(decide, meta, writeRows));
  }

  private async once<T>(decide: Decide<T>, meta: EventMeta, writeRows: WriteRows<T> | undefined): Promise<Executed<T>> {
    const { store, live } = this.parts;
    const { result, decision } = this.decide(decide, await this.facts());
    if (isEmpty(decision) && writeRows === undefined) return { result, position: live.state.position };
    const { committed } = await store.transact(async (tx) => {
      await writeRows?.(result, tx.rows);
      tx.commit(commitOf(decision, meta));
    });
    await live.caughtUp(committed.position);
    return { result, position: Math.max(committed.position, live.state.position) };
  }

  private async facts(): Promise<Facts> {
    const { store, live, clock, random, hearing } = this.parts;
    const presence = presencesOf(await readPresence(store.rows), hearing.since);
    return { now: clock.now(), epoch: live.epoch, newId: () => random.id(), presence };
  }

  /** Without an await: the fold must not move between opening the draft and reading the versions that it expects. */
  private decide<T>(decide: Decide<T>, facts: Facts): { result: T; decision: Decision } {
    const draft = openDraft(this.parts.live.state, facts);
    const result = decide(draft);
    settle(draft);
    return { result, decision: decisionOf(draft) };
  }
}
