/**
 * How a rollout chooses its batches and its direction.
 *
 * Forward: a batch's new replicas come up beside the old ones; when all of them are in place (named and routed
 * everywhere), the old ones leave, and the next batch starts while those drain. The first failure turns it back: the
 * batch that moves is undone (before its first SIGTERM), finished ones are replaced start-first by the former revision.
 */
import { isActive, isInPlace } from './deployment.ts';
import { createDeployment, leave, rollBack } from './deployment-orders.ts';
import { type Draft, emit } from './draft.ts';
import { place } from './placement.ts';
import { deploymentsOf } from './records.ts';
import { Refused } from './refused.ts';
import { isCutOff } from './offline-policy.ts';
import { isEnded } from './rollout.ts';
import { discardKept, isKept } from './stop-first.ts';
import type { Reason } from './rollout-events.ts';
import { batchSize } from './service.ts';
import type { Deployment, Rollout, Service } from './state.ts';

interface Plan {
  readonly revision: number;
  readonly create: number;
  readonly replaces: readonly Deployment[];
}

/** The next batch towards a revision (null: towards nothing), or null when there is nothing left to move. */
export function planBatch(draft: Draft, service: Service, rollout: Rollout): Plan | null {
  const target = rollout.direction === 'forward' ? rollout.revision : rollout.fromRevision;
  const active = deploymentsOf(draft.cluster, service.id).filter(isActive);
  const old = active.filter((deployment) => deployment.revision !== target);
  if (target === null) return old.length === 0 ? null : { revision: 0, create: 0, replaces: old };
  const need = Math.max(0, service.replicas - (active.length - old.length));
  const size = rollout.fromRevision === null ? Math.max(need, old.length) : batchSize(service);
  const replaces = old.slice(0, size);
  const create = old.length > size ? Math.min(need, replaces.length) : need;
  return create === 0 && replaces.length === 0 ? null : { revision: target, create, replaces };
}

function startBatch(draft: Draft, service: Service, rollout: Rollout, plan: Plan): void {
  const places = plan.create === 0 ? [] : place(draft, service, plan.revision, plan.create);
  const batch = rollout.batch + 1;
  const creates = places.map((placed, index) =>
    createDeployment(draft, {
      service,
      revision: plan.revision,
      placed,
      rollout: { id: rollout.id, batch },
      because: 'rollout',
      replaces: plan.replaces[index]?.id ?? null,
    }),
  );
  const replaces = plan.replaces.map((deployment) => deployment.id);
  emit(draft, 'rollout', rollout.id, { type: 'rollout.batch_started', data: { batch, creates, replaces } });
}

function resolve(draft: Draft, ids: readonly string[]): Deployment[] {
  return ids.flatMap((id) => draft.cluster.deployments.get(id) ?? []);
}

/** The batch's first SIGTERM has been asked for: it cannot be undone, only replaced. */
export function pastPointOfNoReturn(draft: Pick<Draft, 'cluster'>, rollout: Rollout): boolean {
  return rollout.replaces.some((id) => draft.cluster.deployments.get(id)?.expected !== true);
}

export function turnBack(draft: Draft, rollout: Rollout, reason: Reason): void {
  emit(draft, 'rollout', rollout.id, { type: 'rollout.turned_back', data: { reason } });
  if (pastPointOfNoReturn(draft, rollout)) return;
  // Names and routes go back to the old replicas in the same commit that takes the new ones out.
  for (const old of resolve(draft, rollout.replaces)) {
    if (old.leaving?.reason === 'replaced' && !old.leaving.keep)
      emit(draft, 'deployment', old.id, { type: 'deployment.stayed', data: {} });
  }
  for (const created of resolve(draft, rollout.creates)) if (isActive(created)) rollBack(draft, created);
}

function failureOf(draft: Draft, rollout: Rollout): Reason | null {
  for (const id of rollout.creates) {
    const deployment = draft.cluster.deployments.get(id);
    const failure = deployment?.failure;
    if (deployment !== undefined && failure != null && !isActive(deployment)) {
      const where = draft.cluster.servers.get(deployment.serverId)?.name ?? deployment.serverId;
      return { code: failure.cause, message: `on ${where}: ${failure.message}`, deploymentId: id };
    }
  }
  return null;
}

/** A newer request that waits for this one to get out of its way. */
function newerRequest(draft: Draft, rollout: Rollout): Rollout | undefined {
  return [...draft.cluster.rollouts.values()].find(
    (other) => other.serviceId === rollout.serviceId && other.status === 'pending',
  );
}

/** Before the batch's point of no return it is undone; else it ends, and the newer one goes on from where it stands. */
function makeWay(draft: Draft, rollout: Rollout, newer: Rollout): void {
  const message = `a newer rollout to revision ${newer.revision} was requested`;
  turnBack(draft, rollout, { code: 'superseded', message, deploymentId: null });
}

function end(draft: Draft, rollout: Rollout, reason: Reason | null): void {
  const back: Reason = reason ??
    rollout.reason ?? { code: 'unknown', message: 'no reason was noted', deploymentId: null };
  if (rollout.direction === 'forward') emit(draft, 'rollout', rollout.id, { type: 'rollout.succeeded', data: {} });
  else if (reason !== null) emit(draft, 'rollout', rollout.id, { type: 'rollout.failed', data: { reason: back } });
  else if (back.code === 'cancelled')
    emit(draft, 'rollout', rollout.id, { type: 'rollout.cancelled', data: { reason: back } });
  else if (rollout.fromRevision === null)
    emit(draft, 'rollout', rollout.id, { type: 'rollout.failed', data: { reason: back } });
  else emit(draft, 'rollout', rollout.id, { type: 'rollout.rolled_back', data: { reason: back } });
}

/** Going back failed too: what stands stays, and the operator is told both reasons. */
function giveUp(draft: Draft, rollout: Rollout, second: Reason): void {
  const first = rollout.reason?.message ?? '';
  end(draft, rollout, { ...second, message: `${first}; and going back failed: ${second.message}` });
}

function tryBatch(draft: Draft, service: Service, rollout: Rollout, plan: Plan): void {
  try {
    startBatch(draft, service, rollout, plan);
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'no_capacity') throw error;
    // Nothing fits anywhere while most servers are cut off: that says nothing of the revision, and passes.
    if (isCutOff(draft)) return;
    const reason: Reason = { code: error.code, message: error.message, deploymentId: null };
    if (rollout.direction === 'forward') turnBack(draft, rollout, reason);
    else giveUp(draft, rollout, reason);
  }
}

/** Whether everything this rollout set in motion has come to rest. */
function atRest(draft: Draft, service: Service, rollout: Rollout): boolean {
  const replicas = deploymentsOf(draft.cluster, service.id);
  const leavingStill = replicas.some((d) => d.leaving !== null && !d.removed && d.leaving.reason === 'replaced');
  if (resolve(draft, rollout.replaces).some(isKept)) return false;
  if (rollout.direction === 'back') {
    const ours = replicas.filter((d) => d.rolloutId === rollout.id);
    return ours.every(
      (d) => !d.expected || (isActive(d) && (d.stage === 'running' || d.revision !== rollout.fromRevision)),
    );
  }
  return !leavingStill && resolve(draft, rollout.creates).every((d) => d.stage === 'running');
}

/** Going back needs replicas of the former revision, and one of those failed. */
function failedGoingBack(draft: Draft, rollout: Rollout, failure: Reason): boolean {
  return draft.cluster.deployments.get(failure.deploymentId ?? '')?.revision === rollout.fromRevision;
}

/** What the batch replaces leaves once all of the batch is in place. */
function finishBatch(draft: Draft, rollout: Rollout, creates: readonly Deployment[]): void {
  const arrived = rollout.creates.length === 0 || creates.some(isActive);
  if (!arrived) return;
  const reason = rollout.direction === 'back' ? 'rolled_back' : 'replaced';
  for (const old of resolve(draft, rollout.replaces)) {
    if (isActive(old)) leave(draft, old, reason);
    else discardKept(draft, old);
  }
}

function isLost(draft: Draft, deployment: Deployment): boolean {
  const offlineAt = draft.cluster.servers.get(deployment.serverId)?.offlineAt ?? null;
  return offlineAt !== null && draft.now - offlineAt >= draft.cluster.settings.replacementGraceMs;
}

/** The server of a new replica fell silent: it is placed elsewhere, once; what is lost then is only waited for. */
function placeAgain(draft: Draft, service: Service, rollout: Rollout, lost: Deployment): void {
  try {
    const [placed] = place(draft, service, lost.revision, 1);
    if (placed === undefined) return;
    const { revision, replaces } = lost;
    const { id, batch } = rollout;
    const again = createDeployment(draft, {
      service,
      revision,
      placed,
      rollout: { id, batch },
      because: 'replacement',
      replaces,
    });
    rollBack(draft, lost);
    const creates = rollout.creates.map((created) => (created === lost.id ? again : created));
    emit(draft, 'rollout', id, {
      type: 'rollout.batch_started',
      data: { batch, creates, replaces: [...rollout.replaces] },
    });
  } catch (error) {
    // It fits nowhere else: its server may come back; the stage's deadline ends the wait.
    if (!(error instanceof Refused) || error.code !== 'no_capacity') throw error;
  }
}

/** Whether the rollout changed its direction, or gave up. */
function turns(draft: Draft, rollout: Rollout): boolean {
  const failure = failureOf(draft, rollout);
  if (rollout.direction === 'back') {
    if (failure === null || !failedGoingBack(draft, rollout, failure)) return false;
    giveUp(draft, rollout, failure);
    return true;
  }
  const newer = newerRequest(draft, rollout);
  if (failure !== null) turnBack(draft, rollout, failure);
  else if (newer !== undefined && rollout.batch > 0 && !pastPointOfNoReturn(draft, rollout))
    makeWay(draft, rollout, newer);
  else return false;
  return true;
}

/** What stood aside for a replica that failed is being put back: until then it counts as missing, and is not. */
function putsBack(draft: Draft, rollout: Rollout, creates: readonly Deployment[]): boolean {
  const replacing = new Set(creates.filter(isActive).map((created) => created.replaces));
  return resolve(draft, rollout.replaces).some((old) => isKept(old) && !replacing.has(old.id));
}

function stepMoving(draft: Draft, service: Service, rollout: Rollout): void {
  if (turns(draft, rollout)) return;
  const creates = resolve(draft, rollout.creates);
  const lost = creates.find((d) => isActive(d) && d.stage !== 'running' && isLost(draft, d));
  // One that may run only once is not started elsewhere while the silent server may still run it.
  const mayRunTwice = service.strategy.order === 'start-first' || lost?.hold === true;
  if (lost?.because === 'rollout' && mayRunTwice) return placeAgain(draft, service, rollout, lost);
  const moving = creates.some((d) => (isActive(d) ? !isInPlace(d) : d.expected));
  if (moving || lost !== undefined || putsBack(draft, rollout, creates)) return;
  finishBatch(draft, rollout, creates);
  moveOn(draft, service, rollout);
}

/** Two replacements of one replica would be two writers: with stop-first, what moves beside the rollout comes first. */
function movesBeside(draft: Draft, service: Service): boolean {
  if (service.strategy.order === 'start-first') return false;
  const own = deploymentsOf(draft.cluster, service.id).filter((d) => d.rolloutId === null);
  return own.some((d) => isActive(d) && d.stage !== 'running');
}

/** A newer request for which finished batches are not undone: it replaces whatever stands. */
function givesWayTo(draft: Draft, rollout: Rollout): Rollout | undefined {
  const mayGiveWay = rollout.direction === 'forward' || rollout.reason?.code === 'superseded';
  return mayGiveWay ? newerRequest(draft, rollout) : undefined;
}

/** The next batch, or the end. */
function moveOn(draft: Draft, service: Service, rollout: Rollout): void {
  const plan = planBatch(draft, service, rollout);
  const newer = givesWayTo(draft, rollout);
  if (plan !== null && newer === undefined) {
    if (!movesBeside(draft, service)) tryBatch(draft, service, rollout, plan);
    return;
  }
  if (!atRest(draft, service, rollout)) return;
  if (newer === undefined || (plan === null && rollout.direction === 'forward')) end(draft, rollout, null);
  else emit(draft, 'rollout', rollout.id, { type: 'rollout.superseded', data: { by: newer.id } });
}

export function stepRollout(draft: Draft, rollout: Rollout): void {
  const service = draft.cluster.services.get(rollout.serviceId);
  if (service === undefined || isEnded(rollout)) return;
  if (rollout.status === 'in_progress') return stepMoving(draft, service, rollout);
  const busy = [...draft.cluster.rollouts.values()].some(
    (other) => other.serviceId === service.id && other.status === 'in_progress',
  );
  if (!busy)
    emit(draft, 'rollout', rollout.id, { type: 'rollout.started', data: { fromRevision: service.runningRevision } });
}
