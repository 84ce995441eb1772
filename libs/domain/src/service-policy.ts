/** What a service's settings ask beside rollouts: the number of replicas, and its end. */
import { isActive } from './deployment.ts';
import { createDeployment, leave } from './deployment-orders.ts';
import { type Draft, emit } from './draft.ts';
import { place } from './placement.ts';
import { deploymentsOf, deploymentsOn } from './records.ts';
import { Refused } from './refused.ts';
import { isEnded } from './rollout.ts';
import { retryAt } from './service.ts';
import { discardKept } from './stop-first.ts';
import type { ClusterState, Deployment, Rollout, Service } from './state.ts';

export function activeRollout(cluster: ClusterState, serviceId: string): Rollout | undefined {
  return [...cluster.rollouts.values()].find((rollout) => rollout.serviceId === serviceId && !isEnded(rollout));
}

/** The newest replica on the fullest server goes first. */
export function nextToLeave(draft: Draft, active: readonly Deployment[]): Deployment | undefined {
  const fullness = (d: Deployment): number => deploymentsOn(draft.cluster, d.serverId).filter(isActive).length;
  const byAge = (a: Deployment, b: Deployment): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
  return active.toSorted((a, b) => fullness(b) - fullness(a) || byAge(a, b))[0];
}

function scaleUp(
  draft: Draft,
  service: Service,
  revision: number,
  missing: number,
  replicas: readonly Deployment[],
): void {
  if (draft.now < retryAt(service)) return;
  const lost = replicas.some((d) => !isActive(d) && d.leaving === null);
  try {
    for (const placed of place(draft, service, revision, missing)) {
      const because = lost ? 'replacement' : 'scale';
      createDeployment(draft, { service, revision, placed, rollout: null, because, replaces: null });
    }
  } catch (error) {
    // What does not fit now is placed when room comes; the service shows how many are missing.
    if (!(error instanceof Refused) || error.code !== 'no_capacity') throw error;
  }
}

function stepScale(draft: Draft, service: Service): void {
  const revision = service.runningRevision;
  if (revision === null || activeRollout(draft.cluster, service.id) !== undefined) return;
  const replicas = deploymentsOf(draft.cluster, service.id);
  const active = replicas.filter(isActive);
  const ids = new Set(active.map((d) => d.id));
  // One that comes up to replace another that is still there does not count twice.
  const counted = active.filter((d) => d.replaces === null || !ids.has(d.replaces));
  if (counted.length < service.replicas) scaleUp(draft, service, revision, service.replicas - counted.length, replicas);
  if (counted.length <= service.replicas) return;
  const surplus = nextToLeave(draft, counted);
  if (surplus === undefined) return;
  leave(draft, surplus, 'scale');
  const replacement = active.find((d) => d.replaces === surplus.id);
  if (replacement !== undefined) leave(draft, replacement, 'scale');
}

function stepDeletion(draft: Draft, service: Service): void {
  const rollout = activeRollout(draft.cluster, service.id);
  if (rollout !== undefined) {
    const reason = { code: 'service_deleted', message: `service ${service.name} is being deleted`, deploymentId: null };
    emit(draft, 'rollout', rollout.id, { type: 'rollout.cancelled', data: { reason } });
  }
  const replicas = deploymentsOf(draft.cluster, service.id);
  for (const deployment of replicas) {
    if (isActive(deployment)) leave(draft, deployment, 'deleted');
    else discardKept(draft, deployment);
  }
  if (deploymentsOf(draft.cluster, service.id).some((deployment) => !deployment.removed)) return;
  emit(draft, 'service', service.id, { type: 'service.deleted', data: {} });
  draft.releases.push({ kind: 'service_name', key: service.name });
}

export function stepService(draft: Draft, service: Service): void {
  if (service.deleting) stepDeletion(draft, service);
  else stepScale(draft, service);
}
