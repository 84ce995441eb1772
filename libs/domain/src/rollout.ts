/**
 * A rollout moves a service to a revision, batch by batch. The stages are its deployments'; it chooses batches and
 * the direction (rollout-policy.ts).
 *
 *   pending ── started ──> in_progress, forward ── batch_started* ──> succeeded
 *      │                        └── turned_back (a replica failed, or cancel) ──> back ── batch_started* (undo)
 *      └── superseded                     └──> rolled_back | failed (no predecessor) | cancelled
 */
import type { Recorded } from './events.ts';
import { idOf } from './ids.ts';
import type { RolloutEvent } from './rollout-events.ts';
import type { Rollout } from './state.ts';

function requested(event: Recorded<Extract<RolloutEvent, { type: 'rollout.requested' }>>): Rollout {
  return {
    id: idOf(event.stream),
    ...event.data,
    fromRevision: null,
    status: 'pending',
    direction: 'forward',
    reason: null,
    batch: 0,
    creates: [],
    replaces: [],
    requestedAt: event.at,
    endedAt: null,
    version: event.version,
  };
}

function change(event: Recorded<Exclude<RolloutEvent, { type: 'rollout.requested' }>>): Partial<Rollout> {
  switch (event.type) {
    case 'rollout.started':
      return { status: 'in_progress', fromRevision: event.data.fromRevision };
    case 'rollout.batch_started':
      return event.data;
    case 'rollout.turned_back':
      return { direction: 'back', reason: event.data.reason };
    case 'rollout.succeeded':
      return { status: 'succeeded', endedAt: event.at };
    case 'rollout.rolled_back':
      return { status: 'rolled_back', reason: event.data.reason, endedAt: event.at };
    case 'rollout.failed':
      return { status: 'failed', reason: event.data.reason, endedAt: event.at };
    case 'rollout.cancelled':
      return { status: 'cancelled', reason: event.data.reason, endedAt: event.at };
    case 'rollout.superseded':
      return { status: 'superseded', endedAt: event.at };
  }
}

export function evolveRollout(state: Rollout | undefined, event: Recorded<RolloutEvent>): Rollout | null {
  if (event.type === 'rollout.requested') return requested(event);
  return state === undefined ? null : { ...state, ...change(event), version: event.version };
}

export function isEnded(rollout: Rollout): boolean {
  return rollout.status !== 'pending' && rollout.status !== 'in_progress';
}
