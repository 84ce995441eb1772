/**
 * A decision in the making: a fork of the cluster that each new event evolves, so that what comes next in the same
 * decision sees it. Nothing here is committed; `decisionOf` is what a transaction appends.
 */
import { evolve, versionOf } from './cluster.ts';
import type { DomainEvent, Recorded } from './events.ts';
import { type Noun, type ServerId, streamOf } from './ids.ts';
import { type ClusterState, fork } from './state.ts';

export type Section = 'containers' | 'dns' | 'traefik' | 'wireguard';

/** A generation that a server acknowledged. */
export interface Ack {
  readonly epoch: number;
  readonly position: number;
}

/** What is known of a server that is not in the log: its last report. Times are milliseconds, by the database's clock. */
export interface Presence {
  readonly seenAt: number;
  /** Generations acknowledged, per section. */
  readonly acks: Readonly<Partial<Record<Section, Ack>>>;
  readonly podmanAnswers: boolean;
  readonly diskPressure: boolean;
  /** The containers section was observed for that report. */
  readonly containersObserved: boolean;
  /** Open connections by deployment, for every container of ours that was seen there; null: not counted. */
  readonly connections: Readonly<Record<string, number | null>>;
  /** What a deployment's container last complained of: the words of a failure when its deadline comes. */
  readonly problems: Readonly<
    Record<string, { readonly reason: string; readonly message: string; readonly lastLogLines: string[] }>
  >;
}

export interface Facts {
  readonly now: number;
  readonly epoch: number;
  readonly newId: () => string;
  readonly presence: ReadonlyMap<ServerId, Presence>;
}

export interface Claim {
  readonly kind: string;
  readonly key: string;
  readonly stream: string;
}

/** A look that is due later. It names what it is about; whatever has moved on by then makes it say nothing. */
export interface DueJob {
  readonly queue: 'deadline' | 'look';
  readonly afterMs: number;
  readonly data: { readonly stream: string; readonly version: number; readonly about: string };
}

export interface Draft extends Facts {
  /** Looks only: what would be decided ends it. */
  readonly glance?: true;
  readonly cluster: ClusterState;
  readonly base: ClusterState;
  readonly events: { readonly stream: string; readonly event: DomainEvent }[];
  readonly claims: Claim[];
  readonly releases: { readonly kind: string; readonly key: string }[];
  readonly jobs: DueJob[];
}

export interface Decision {
  readonly appends: readonly {
    readonly stream: string;
    readonly expectedVersion: number;
    readonly events: readonly DomainEvent[];
  }[];
  readonly claims: readonly Claim[];
  readonly releases: readonly { readonly kind: string; readonly key: string }[];
  readonly jobs: readonly DueJob[];
}

/** Positions of events that are not committed yet: later than any that a server can have acknowledged. */
const PROVISIONAL = 2 ** 52;

export function openDraft(cluster: ClusterState, facts: Facts): Draft {
  return { ...facts, base: cluster, cluster: fork(cluster), events: [], claims: [], releases: [], jobs: [] };
}

class SomethingToDecide extends Error {}

/**
 * What the work answers, or undefined where it would decide something. It works on the cluster itself, which nothing but
 * an event changes: the fork that a draft needs is a copy of everything.
 */
export function glance<T>(cluster: ClusterState, facts: Facts, work: (draft: Draft) => T): T | undefined {
  const nothing = { events: [], claims: [], releases: [], jobs: [] };
  try {
    return work({ ...facts, base: cluster, cluster, ...nothing, glance: true });
  } catch (error) {
    if (error instanceof SomethingToDecide) return undefined;
    throw error;
  }
}

export function emit(draft: Draft, noun: Noun, id: string, event: DomainEvent): void {
  if (draft.glance === true) throw new SomethingToDecide();
  const stream = streamOf(noun, id);
  const recorded: Recorded = {
    ...event,
    stream,
    version: versionOf(draft.cluster, stream) + 1,
    position: PROVISIONAL + draft.events.length,
    at: draft.now,
  };
  evolve(draft.cluster, recorded);
  draft.events.push({ stream, event });
}

/** The events in the order they were decided: each run on one stream is one append. */
export function decisionOf(draft: Draft): Decision {
  const counts = new Map<string, number>();
  const appends: { stream: string; expectedVersion: number; events: DomainEvent[] }[] = [];
  for (const { stream, event } of draft.events) {
    const last = appends.at(-1);
    const count = counts.get(stream) ?? 0;
    counts.set(stream, count + 1);
    if (last?.stream === stream) last.events.push(event);
    else appends.push({ stream, expectedVersion: versionOf(draft.base, stream) + count, events: [event] });
  }
  return { appends, claims: draft.claims, releases: draft.releases, jobs: draft.jobs };
}
