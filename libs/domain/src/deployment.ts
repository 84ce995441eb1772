/**
 * A deployment: one replica, one container on one server with one address.
 *
 *   pending → pulling → starting → healthy → dns_updating → traefik_updating → stopping_old → running
 *      any ── failed (its cause) | rolled_back ──> removed ──> address_released
 *      any ── leaving ──> (acks) draining ──> stop_requested ──> removed: stopped | failed | rolled_back ──> address_released
 *               └── stayed ──> as before
 *   stop-first: pulling (held) ── image_ready, the old one is kept ── start_allowed ──> starting …
 *               the old one: leaving ──> draining ──> stop_requested ──> kept ── stayed | discarded ──> removed
 */
import type { DeploymentEvent, EndedStage, Stage } from './deployment-events.ts';
import type { Recorded } from './events.ts';
import { idOf } from './ids.ts';
import type { Deployment, Leaving } from './state.ts';

function created(event: Recorded<Extract<DeploymentEvent, { type: 'deployment.created' }>>): Deployment {
  return {
    id: idOf(event.stream),
    ...event.data,
    createdAt: event.at,
    stage: 'pending',
    stageAt: event.at,
    stagePosition: event.position,
    stageVersion: event.version,
    waitsFor: [],
    leaving: null,
    hold: event.data.hold === true,
    imageReady: false,
    failure: null,
    health: 'starting',
    healthMessage: null,
    restarts: 0,
    crashLooping: false,
    unnamedPosition: 0,
    partPosition: event.position,
    expected: true,
    removed: false,
    addressReleased: false,
    version: event.version,
  };
}

function endedBy(leaving: Leaving | null): EndedStage {
  if (leaving?.reason === 'failed') return 'failed';
  return leaving?.reason === 'rolled_back' ? 'rolled_back' : 'stopped';
}

/** No longer told to its server: SIGTERM. */
function gone(event: { position: number }): Partial<Deployment> {
  return { expected: false, partPosition: event.position };
}

type StageChange = Extract<
  DeploymentEvent,
  { type: 'deployment.stage_entered' | 'deployment.failed' | 'deployment.rolled_back' | 'deployment.removed' }
>;

function stageChange(state: Deployment, event: Recorded<StageChange>): Partial<Deployment> {
  const entered = { stageAt: event.at, stagePosition: event.position, stageVersion: event.version };
  switch (event.type) {
    case 'deployment.stage_entered': {
      const { stage, waitsFor } = event.data;
      return { stage, waitsFor, ...entered, ...(stage === 'healthy' ? { health: 'healthy' as const } : {}) };
    }
    case 'deployment.failed':
      return { stage: 'failed', failure: event.data.failure, ...entered, ...gone(event) };
    case 'deployment.rolled_back':
      return { stage: 'rolled_back', ...entered, ...gone(event) };
    case 'deployment.removed': {
      const ended: Partial<Deployment> = isEndedStage(state.stage) ? {} : { stage: endedBy(state.leaving), ...entered };
      return { ...ended, ...(state.expected ? gone(event) : {}), removed: true };
    }
  }
}

type LeavingChange = Extract<
  DeploymentEvent,
  {
    type:
      | 'deployment.kept'
      | 'deployment.discarded'
      | 'deployment.leaving'
      | 'deployment.stayed'
      | 'deployment.draining'
      | 'deployment.stop_requested'
      | 'deployment.address_released';
  }
>;

/** One that was stopped and is put back does not serve before its check has passed again. */
function healthOf(leaving: Leaving | null): Partial<Deployment> {
  if (leaving?.stopRequestedAt == null) return {};
  return { health: 'unhealthy', healthMessage: 'it is being started again' };
}

function stopRequested(leaving: Leaving | null, event: { position: number; at: number }): Partial<Deployment> {
  if (leaving === null) return gone(event);
  const stopping = { ...leaving, stopRequestedAt: event.at };
  return leaving.keep ? { leaving: stopping, partPosition: event.position } : { leaving: stopping, ...gone(event) };
}

function leavingChange(state: Deployment, event: Recorded<LeavingChange>): Partial<Deployment> {
  const { leaving } = state;
  switch (event.type) {
    case 'deployment.leaving': {
      const { reason, waitsFor, failure, keep = false } = event.data;
      const since = {
        position: event.position,
        version: event.version,
        at: event.at,
        drainingSince: null,
        stopRequestedAt: null,
      };
      return {
        leaving: { reason, waitsFor, failure, ...since, keep, keptAt: null },
        failure: failure ?? state.failure,
        partPosition: event.position,
      };
    }
    case 'deployment.stayed':
      return { leaving: null, partPosition: event.position, ...healthOf(leaving) };
    case 'deployment.draining':
      return leaving === null ? {} : { leaving: { ...leaving, drainingSince: event.at } };
    case 'deployment.stop_requested':
      return stopRequested(leaving, event);
    case 'deployment.kept':
      return leaving === null ? {} : { leaving: { ...leaving, keptAt: event.at } };
    case 'deployment.discarded':
      return gone(event);
    case 'deployment.address_released':
      return { addressReleased: true };
  }
}

type HoldChange = Extract<DeploymentEvent, { type: 'deployment.image_ready' | 'deployment.start_allowed' }>;
type HealthChange = Exclude<DeploymentEvent, StageChange | LeavingChange | HoldChange | { type: 'deployment.created' }>;

function healthChange(event: HealthChange): Partial<Deployment> {
  switch (event.type) {
    case 'deployment.health_changed':
      return { health: event.data.health, healthMessage: event.data.message };
    case 'deployment.restarted':
      return { restarts: event.data.restarts };
    case 'deployment.crash_loop_entered':
      return { crashLooping: true, restarts: event.data.restarts };
    case 'deployment.crash_loop_left':
      return { crashLooping: false, restarts: event.data.restarts };
  }
}

function change(
  state: Deployment,
  event: Recorded<Exclude<DeploymentEvent, { type: 'deployment.created' }>>,
): Partial<Deployment> {
  switch (event.type) {
    case 'deployment.stage_entered':
    case 'deployment.failed':
    case 'deployment.rolled_back':
    case 'deployment.removed':
      return stageChange(state, event);
    case 'deployment.leaving':
    case 'deployment.stayed':
    case 'deployment.draining':
    case 'deployment.stop_requested':
    case 'deployment.kept':
    case 'deployment.discarded':
    case 'deployment.address_released':
      return leavingChange(state, event);
    case 'deployment.image_ready':
      return { imageReady: true };
    case 'deployment.start_allowed':
      return { hold: false, partPosition: event.position };
    case 'deployment.health_changed':
    case 'deployment.restarted':
    case 'deployment.crash_loop_entered':
    case 'deployment.crash_loop_left':
      return healthChange(event);
  }
}

export function evolveDeployment(state: Deployment | undefined, event: Recorded<DeploymentEvent>): Deployment | null {
  if (event.type === 'deployment.created') return created(event);
  return state === undefined ? null : { ...state, ...change(state, event), version: event.version };
}

export function isEndedStage(stage: Stage): stage is EndedStage {
  return stage === 'stopped' || stage === 'failed' || stage === 'rolled_back';
}

const ROUTED: ReadonlySet<Stage> = new Set<Stage>(['dns_updating', 'traefik_updating', 'stopping_old', 'running']);

/** It is, or may be, in names and routes. */
export function isRouted(deployment: Deployment): boolean {
  return ROUTED.has(deployment.stage);
}

/** It counts as a replica: not ended, not on its way out. */
export function isActive(deployment: Deployment): boolean {
  return deployment.leaving === null && !isEndedStage(deployment.stage);
}

/** Its name and routes were acknowledged everywhere: what it replaces may go. */
export function isInPlace(deployment: Deployment): boolean {
  return isActive(deployment) && (deployment.stage === 'stopping_old' || deployment.stage === 'running');
}
