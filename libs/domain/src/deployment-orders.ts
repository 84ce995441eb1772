/** What the policies ask of deployments, with the jobs that a stage's deadline needs. */
import { evidence, members } from './acks.ts';
import { isRouted } from './deployment.ts';
import type { Failure, LeavingReason, LiveStage } from './deployment-events.ts';
import { type Draft, emit } from './draft.ts';
import type { DeploymentId, RolloutId, ServerId } from './ids.ts';
import type { Placed } from './placement.ts';
import { streamOf } from './ids.ts';
import type { Deployment, Service } from './state.ts';

/** An answer may be cached this long by those who asked (the records' TTL), in seconds. */
export const RECORD_TTL_SECONDS = 5;

/** Seconds from a stage's entry to its deadline; null: none. */
export function stageDeadlineSeconds(service: Service, revision: number, stage: LiveStage): number | null {
  const check = service.revisions.get(revision)?.healthCheck;
  switch (stage) {
    case 'pending':
    case 'dns_updating':
    case 'traefik_updating':
      return 60;
    case 'pulling':
      return 600;
    case 'starting':
      return (check?.startPeriodSeconds ?? 0) + (check?.intervalSeconds ?? 5) * (check?.retries ?? 3) + 30;
    case 'healthy':
    case 'stopping_old':
    case 'running':
      return null;
  }
}

export function leavingDeadlineSeconds(draft: Pick<Draft, 'cluster'>, deployment: Deployment): number {
  const service = draft.cluster.services.get(deployment.serviceId);
  const stop = service?.revisions.get(deployment.revision)?.stopTimeoutSeconds ?? 10;
  return 60 + (service?.drainSeconds ?? 10) + stop + 30;
}

export function scheduleDeadline(draft: Draft, id: DeploymentId, about: string, seconds: number): void {
  const version = draft.cluster.deployments.get(id)?.version ?? 0;
  draft.jobs.push({
    queue: 'deadline',
    afterMs: seconds * 1000,
    data: { stream: streamOf('deployment', id), version, about },
  });
}

/** A look at a deployment when time alone may have moved it on. */
export function scheduleLook(draft: Draft, id: DeploymentId, about: string, afterMs: number): void {
  const version = draft.cluster.deployments.get(id)?.version ?? 0;
  draft.jobs.push({ queue: 'look', afterMs, data: { stream: streamOf('deployment', id), version, about } });
}

export interface CreateOrder {
  readonly service: Service;
  readonly revision: number;
  readonly placed: Placed;
  readonly rollout: { readonly id: RolloutId; readonly batch: number } | null;
  readonly because: 'rollout' | 'scale' | 'drain' | 'replacement';
  readonly replaces: DeploymentId | null;
}

/** A single writer: what it replaces is stopped before it starts. */
export function isHeld(order: Pick<CreateOrder, 'service' | 'replaces'>): boolean {
  return order.service.strategy.order === 'stop-first' && order.replaces !== null;
}

export function createDeployment(draft: Draft, order: CreateOrder): DeploymentId {
  const id = draft.newId();
  const { service, revision, placed, rollout, because, replaces } = order;
  const where = { serviceId: service.id, serverId: placed.serverId, revision, address: placed.address };
  const why = { rolloutId: rollout?.id ?? null, batch: rollout?.batch ?? null, because, replaces };
  emit(draft, 'deployment', id, {
    type: 'deployment.created',
    data: { ...where, ...why, ...(isHeld(order) ? { hold: true } : {}) },
  });
  draft.claims.push({ kind: 'address', key: placed.address, stream: streamOf('deployment', id) });
  scheduleDeadline(draft, id, 'pending', stageDeadlineSeconds(service, revision, 'pending') ?? 60);
  return id;
}

export function enterStage(
  draft: Draft,
  deployment: Deployment,
  stage: LiveStage,
  waitsFor: readonly ServerId[] = [],
): void {
  const section = deployment.stage === 'dns_updating' ? 'dns' : 'traefik';
  const acks = evidence(draft, deployment.waitsFor, section);
  emit(draft, 'deployment', deployment.id, {
    type: 'deployment.stage_entered',
    data: { stage, waitsFor: [...waitsFor], acks },
  });
  const service = draft.cluster.services.get(deployment.serviceId);
  const seconds = service === undefined ? null : stageDeadlineSeconds(service, deployment.revision, stage);
  if (seconds !== null) scheduleDeadline(draft, deployment.id, stage, seconds);
}

/** Out of names and routes, drained and stopped, but kept: its replacement starts then, and it can be put back. */
export function standAside(draft: Draft, deployment: Deployment, reason: LeavingReason): void {
  const waitsFor = isRouted(deployment) ? members(draft.cluster).map((server) => server.id) : [];
  emit(draft, 'deployment', deployment.id, {
    type: 'deployment.leaving',
    data: { reason, waitsFor, failure: null, keep: true },
  });
  scheduleDeadline(draft, deployment.id, 'leaving', leavingDeadlineSeconds(draft, deployment));
}

/** Out of names and routes now; stopped once that is acknowledged and it has drained. */
export function leave(
  draft: Draft,
  deployment: Deployment,
  reason: LeavingReason,
  failure: Failure | null = null,
): void {
  const waitsFor = isRouted(deployment) ? members(draft.cluster).map((server) => server.id) : [];
  emit(draft, 'deployment', deployment.id, { type: 'deployment.leaving', data: { reason, waitsFor, failure } });
  scheduleDeadline(draft, deployment.id, 'leaving', leavingDeadlineSeconds(draft, deployment));
}

/** Ends a replica that failed: at once when nothing can reach it by name yet, else the way every replica leaves. */
export function fail(draft: Draft, deployment: Deployment, failure: Failure): void {
  if (isRouted(deployment)) leave(draft, deployment, 'failed', failure);
  else emit(draft, 'deployment', deployment.id, { type: 'deployment.failed', data: { failure } });
}

/** Ends a replica that is fine but was undone. */
export function rollBack(draft: Draft, deployment: Deployment): void {
  if (isRouted(deployment)) leave(draft, deployment, 'rolled_back');
  else emit(draft, 'deployment', deployment.id, { type: 'deployment.rolled_back', data: {} });
}
