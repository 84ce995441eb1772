/**
 * A service: what an operator wants to run. It has no stage; its replicas do.
 *
 *   (none) ── created, revision_created ──> there ── revision_created*, scaled, settings_changed ──> there
 *          there ── deletion_requested ──> deleting ── its replicas are gone ── deleted ──> (none)
 */
import type { Recorded } from './events.ts';
import { idOf } from './ids.ts';
import type { RevisionSpec, ServiceEvent } from './service-events.ts';
import type { Service } from './state.ts';

const NO_FAILURES = { count: 0, at: 0 } as const;

function created(event: Recorded<Extract<ServiceEvent, { type: 'service.created' }>>): Service {
  return {
    id: idOf(event.stream),
    ...event.data,
    createdAt: event.at,
    version: event.version,
    revisions: new Map(),
    revisionTimes: new Map(),
    latestRevision: 0,
    runningRevision: null,
    deleting: false,
    failures: NO_FAILURES,
  };
}

function withRevision(state: Service, revision: number, spec: RevisionSpec): ReadonlyMap<number, RevisionSpec> {
  return new Map(state.revisions).set(revision, spec);
}

type Change = Recorded<Exclude<ServiceEvent, { type: 'service.created' } | { type: 'service.deleted' }>>;

function change(state: Service, event: Change): Partial<Service> {
  switch (event.type) {
    case 'service.revision_created':
      return {
        revisions: withRevision(state, event.data.revision, event.data.spec),
        revisionTimes: new Map(state.revisionTimes).set(event.data.revision, event.at),
        latestRevision: event.data.revision,
      };
    case 'service.revision_pinned': {
      const spec = state.revisions.get(event.data.revision);
      if (spec === undefined) return {};
      return {
        revisions: withRevision(state, event.data.revision, { ...spec, digest: event.data.digest, digestError: null }),
      };
    }
    case 'service.scaled':
      return { replicas: event.data.replicas, failures: NO_FAILURES };
    case 'service.settings_changed':
      return event.data;
    case 'service.deletion_requested':
      return { deleting: true };
  }
}

export function evolveService(state: Service | undefined, event: Recorded<ServiceEvent>): Service | null {
  if (event.type === 'service.created') return created(event);
  if (event.type === 'service.deleted' || state === undefined) return null;
  return { ...state, ...change(state, event), version: event.version };
}

/** Replicas moved at once: what the operator set, else a third of them, at least one. */
export function batchSize(service: Service): number {
  return service.strategy.batch ?? Math.max(1, Math.floor(service.replicas / 3));
}

/** A replica outside a rollout failed, or one came to run: what the next try waits for. */
export function noteReplica(service: Service, outcome: 'failed' | 'running', at: number): Service {
  if (outcome === 'failed') return { ...service, failures: { count: service.failures.count + 1, at } };
  return service.failures.count === 0 ? service : { ...service, failures: NO_FAILURES };
}

const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 300_000;

/** When the next replica outside a rollout may be tried, in milliseconds since the epoch: a try that fails costs events. */
export function retryAt(service: Service): number {
  const { count, at } = service.failures;
  return count === 0 ? 0 : at + Math.min(FIRST_RETRY_MS * 2 ** (count - 1), LONGEST_RETRY_MS);
}
