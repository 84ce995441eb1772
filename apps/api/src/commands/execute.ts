/**
 * One command, one transaction: load → decide → events, claims, rows and jobs, retried when something else was faster.
 * A retry decides on a fold that has seen what it collided with, never on the same stale view.
 */
import {
  decisionOf,
  type Decision,
  type Draft,
  type DueJob,
  EVENT_SCHEMAS,
  type Facts,
  openDraft,
  settle,
} from '@techulus/domain';
import type { Commit, EventMeta, EventStore, JobRequest, RowAccess, RowReader } from '@techulus/event-store';
import type { Clock, Random, Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Hearing } from '../presence/hearing.ts';
import { presencesOf, readPresence } from '../presence/presence.ts';
import { type CommandMeta, eventMeta, type Once } from './once.ts';
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

export function jobRequest({ queue, afterMs, data }: DueJob): JobRequest {
  const singletonKey = `${data.stream}@${data.version}:${data.about}`;
  return { queue, data: { ...data, afterMs }, startAfterMs: afterMs, singletonKey };
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
    jobs: decision.jobs.map(jobRequest),
    meta,
  };
}

export function isEmpty(decision: Decision): boolean {
  return [decision.appends, decision.claims, decision.releases, decision.jobs].every((list) => list.length === 0);
}

function withJob(commit: Commit, job: JobRequest): Commit {
  return { ...commit, jobs: [...(commit.jobs ?? []), job] };
}

interface Order<T> {
  readonly decide: Decide<T>;
  readonly writeRows: WriteRows<T> | undefined;
  readonly meta: EventMeta;
}

export class Commands {
  constructor(private readonly parts: CommandParts) {}

  /** Decides on the cluster as of the log's head, commits, and returns once this process has folded it. */
  async execute<T>(decide: Decide<T>, meta: CommandMeta, writeRows?: WriteRows<T>): Promise<Executed<T>> {
    const { live } = this.parts;
    live.requireReady();
    await live.catchUpToHead();
    const { once } = meta;
    const order = { decide, writeRows, meta: eventMeta(meta) };
    return retried(this.parts, () => (once === undefined ? this.carryOut(order) : this.carryOutOnce(order, once)));
  }

  private async carryOut<T>({ decide, writeRows, meta }: Order<T>): Promise<Executed<T>> {
    const { store, live } = this.parts;
    const { result, decision } = this.decide(decide, await this.facts(store.rows));
    if (isEmpty(decision) && writeRows === undefined) return { result, position: live.state.position };
    const { committed } = await store.transact(async (tx) => {
      await writeRows?.(result, tx.rows);
      tx.commit(commitOf(decision, meta));
    });
    return this.executed(result, committed.position);
  }

  /** The key first: two requests under one key must not both decide. */
  private async carryOutOnce<T>({ decide, writeRows, meta }: Order<T>, once: Once): Promise<Executed<T>> {
    const { result, committed } = await this.parts.store.transact(async (tx) => {
      const before = await once.begin(tx.rows);
      if (before !== undefined) return before.result as T;
      const decided = this.decide(decide, await this.facts(tx.rows));
      await writeRows?.(decided.result, tx.rows);
      const forget = await once.keep(tx.rows, decided.result);
      tx.commit(withJob(commitOf(decided.decision, meta), forget));
      return decided.result;
    });
    await this.parts.live.catchUpToHead(); // a repetition answers what the first one did, wherever that was
    return this.executed(result, committed.position);
  }

  private async executed<T>(result: T, position: number): Promise<Executed<T>> {
    const { live } = this.parts;
    await live.caughtUp(position);
    return { result, position: Math.max(position, live.state.position) };
  }

  private async facts(rows: RowReader): Promise<Facts> {
    const { live, clock, random, hearing } = this.parts;
    const presence = presencesOf(await readPresence(rows), hearing.since);
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
