import { type Draft, emit } from './draft.ts';
import type { RolloutId, ServiceId } from './ids.ts';
import { place } from './placement.ts';
import { notFound, Refused } from './refused.ts';
import { pastPointOfNoReturn, planBatch, turnBack } from './rollout-policy.ts';
import { isEnded } from './rollout.ts';
import type { Reason } from './rollout-events.ts';
import { requireService } from './service-commands.ts';
import type { ClusterState, Rollout, Service } from './state.ts';

/** What the registry said of a revision whose digest was not known: found, or the reason that ends the rollout. */
export type Pinned =
  | { readonly digest: string }
  | { readonly error: { readonly code: string; readonly message: string } }
  | null;

export interface StartRollout {
  readonly serviceId: ServiceId;
  /** Newest by default. */
  readonly revision?: number;
  readonly pinned?: Pinned;
}

export function requireRollout(cluster: ClusterState, id: RolloutId): Rollout {
  const rollout = cluster.rollouts.get(id);
  if (rollout === undefined) throw notFound('rollout', id);
  return rollout;
}

function supersedeWaiting(draft: Draft, service: Service, by: RolloutId): void {
  for (const rollout of [...draft.cluster.rollouts.values()]) {
    if (rollout.serviceId !== service.id || rollout.status !== 'pending' || rollout.id === by) continue;
    emit(draft, 'rollout', rollout.id, { type: 'rollout.superseded', data: { by } });
  }
}

function isBusy(cluster: ClusterState, service: Service): boolean {
  return [...cluster.rollouts.values()].some(
    (rollout) => rollout.serviceId === service.id && rollout.status === 'in_progress',
  );
}

/** The operator is told at once when not even the first batch fits. */
function refuseWithoutRoom(draft: Draft, service: Service, rollout: Rollout): void {
  if (isBusy(draft.cluster, service)) return;
  const plan = planBatch(draft, service, { ...rollout, fromRevision: service.runningRevision });
  if (plan !== null && plan.create > 0) place(draft, service, plan.revision, plan.create);
}

function endUnresolved(draft: Draft, service: Service, id: RolloutId, error: { code: string; message: string }): void {
  const reason: Reason = { code: error.code, message: error.message, deploymentId: null };
  const { runningRevision: fromRevision } = service;
  emit(draft, 'rollout', id, { type: 'rollout.started', data: { fromRevision } });
  emit(draft, 'rollout', id, { type: 'rollout.turned_back', data: { reason } });
  const type = service.runningRevision === null ? 'rollout.failed' : 'rollout.rolled_back';
  emit(draft, 'rollout', id, { type, data: { reason } });
}

/** An older revision may name a secret that was deleted since: it would start without its value. */
function refuseMissingSecrets(draft: Draft, service: Service, revision: number): void {
  const uses = service.revisions.get(revision)?.secrets ?? [];
  const missing = uses.filter((use) => !draft.cluster.secrets.has(use.id)).map((use) => use.name);
  if (missing.length === 0) return;
  const message = `revision ${revision} of ${service.name} uses secrets that were deleted: ${missing.join(', ')}; write them and save the service again`;
  throw new Refused('conflict', 'secret_missing', message);
}

export function startRollout(draft: Draft, command: StartRollout): RolloutId {
  const service = requireService(draft.cluster, command.serviceId);
  if (service.deleting) throw new Refused('conflict', 'service_deleting', `service ${service.name} is being deleted`);
  const revision = command.revision ?? service.latestRevision;
  if (!service.revisions.has(revision)) {
    throw new Refused(
      'invalid',
      'revision_not_found',
      `service ${service.name} has no revision ${revision}`,
      'revision',
    );
  }
  refuseMissingSecrets(draft, service, revision);
  const id = draft.newId();
  emit(draft, 'rollout', id, { type: 'rollout.requested', data: { serviceId: service.id, revision } });
  const pinned = command.pinned ?? null;
  if (pinned !== null && 'error' in pinned) {
    endUnresolved(draft, service, id, pinned.error);
    return id;
  }
  supersedeWaiting(draft, service, id);
  if (pinned !== null)
    emit(draft, 'service', service.id, { type: 'service.revision_pinned', data: { revision, digest: pinned.digest } });
  refuseWithoutRoom(draft, requireService(draft.cluster, service.id), requireRollout(draft.cluster, id));
  return id;
}

/** Why a rollout cannot be cancelled now, or null. */
export function whyNotCancelled(cluster: ClusterState, rollout: Rollout): { code: string; message: string } | null {
  if (isEnded(rollout)) return { code: 'rollout_ended', message: `it has ended: ${rollout.status}` };
  if (rollout.direction === 'back') return { code: 'rollout_turned_back', message: 'it is going back already' };
  if (rollout.status === 'in_progress' && pastPointOfNoReturn({ cluster }, rollout)) {
    return {
      code: 'past_point_of_no_return',
      message: 'old replicas of this batch are being stopped; it can be cancelled again in the next batch',
    };
  }
  return null;
}

export function cancelRollout(draft: Draft, command: { id: RolloutId }): void {
  const rollout = requireRollout(draft.cluster, command.id);
  if (rollout.status === 'cancelled' || rollout.reason?.code === 'cancelled') return;
  const why = whyNotCancelled(draft.cluster, rollout);
  if (why !== null)
    throw new Refused('conflict', why.code, `rollout ${rollout.id} cannot be cancelled: ${why.message}`);
  const reason: Reason = { code: 'cancelled', message: 'cancelled by an operator', deploymentId: null };
  if (rollout.status === 'pending') emit(draft, 'rollout', rollout.id, { type: 'rollout.cancelled', data: { reason } });
  else turnBack(draft, rollout, reason);
}
