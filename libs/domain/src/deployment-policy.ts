/** How a deployment moves on when what it waits for has come. Facts from its container arrive in report.ts. */
import { allAcked, evidence, hasAcked, isMember, members } from './acks.ts';
import { isActive, isEndedStage, isRouted } from './deployment.ts';
import { enterStage, leave, RECORD_TTL_SECONDS, scheduleLook } from './deployment-orders.ts';
import { discardKept, stepHeld, stepKept } from './stop-first.ts';
import { type Draft, emit } from './draft.ts';
import type { ServerId, ServiceId } from './ids.ts';
import { isEnded } from './rollout.ts';
import type { ClusterState, Deployment, Leaving } from './state.ts';

/** The proxies whose routes name a service's replicas. Public routes are not part of the domain yet, so none do. */
export function routingProxies(_cluster: ClusterState, _service: ServiceId): ServerId[] {
  return [];
}

/** Its server holds an expected state without it, looked afterwards, and does not have it. */
function removalObserved(draft: Draft, deployment: Deployment): boolean {
  const presence = draft.presence.get(deployment.serverId);
  if (presence?.containersObserved !== true) return false;
  return (
    hasAcked(draft, deployment.serverId, 'containers', deployment.partPosition) &&
    !Object.hasOwn(presence.connections, deployment.id)
  );
}

function stepEnded(draft: Draft, deployment: Deployment): void {
  if (!deployment.removed) {
    const server = draft.cluster.servers.get(deployment.serverId);
    const lost = server === undefined || !isMember(server);
    if (!lost && !removalObserved(draft, deployment)) return;
    emit(draft, 'deployment', deployment.id, { type: 'deployment.removed', data: { observed: !lost } });
    return;
  }
  const holders = members(draft.cluster).map((server) => server.id);
  if (deployment.unnamedPosition > 0 && !holders.every((id) => hasAcked(draft, id, 'dns', deployment.unnamedPosition)))
    return;
  const acks = evidence(draft, holders, 'dns');
  emit(draft, 'deployment', deployment.id, { type: 'deployment.address_released', data: { acks } });
  draft.releases.push({ kind: 'address', key: deployment.address });
}

/** Not before the records' TTL has passed; until nothing is connected; at most the service's drain time more. */
function isDrained(draft: Draft, deployment: Deployment, since: number): boolean {
  const passed = draft.now - since - RECORD_TTL_SECONDS * 1000;
  if (passed < 0) return false;
  const drainSeconds = draft.cluster.services.get(deployment.serviceId)?.drainSeconds ?? 10;
  return passed >= drainSeconds * 1000 || connectionsOf(draft, deployment) === 0;
}

function connectionsOf(draft: Draft, deployment: Deployment): number | null {
  const connections = draft.presence.get(deployment.serverId)?.connections;
  if (connections === undefined) return null;
  // A container that is not there has no connections.
  return Object.hasOwn(connections, deployment.id) ? (connections[deployment.id] ?? null) : 0;
}

function startDrain(draft: Draft, deployment: Deployment, leaving: Leaving): void {
  emit(draft, 'deployment', deployment.id, {
    type: 'deployment.draining',
    data: { acks: evidence(draft, leaving.waitsFor, 'dns') },
  });
  const drainSeconds = draft.cluster.services.get(deployment.serviceId)?.drainSeconds ?? 10;
  scheduleLook(draft, deployment.id, 'ttl passed', RECORD_TTL_SECONDS * 1000);
  scheduleLook(draft, deployment.id, 'drain time passed', (RECORD_TTL_SECONDS + drainSeconds) * 1000);
}

function stepUnnamed(draft: Draft, deployment: Deployment, leaving: Leaving): void {
  const proxies = routingProxies(draft.cluster, deployment.serviceId);
  const unnamed = allAcked(draft, leaving.waitsFor, 'dns', leaving.position);
  if (unnamed && allAcked(draft, proxies, 'traefik', leaving.position)) startDrain(draft, deployment, leaving);
}

function stepLeaving(draft: Draft, deployment: Deployment, leaving: Leaving): void {
  if (!deployment.expected) return stepEnded(draft, deployment);
  if (leaving.keep && stepKept(draft, deployment)) return;
  if (leaving.stopRequestedAt !== null) return;
  if (isRouted(deployment) && leaving.drainingSince === null) return stepUnnamed(draft, deployment, leaving);
  if (isRouted(deployment) && !isDrained(draft, deployment, leaving.drainingSince ?? 0)) return;
  const connections = connectionsOf(draft, deployment);
  emit(draft, 'deployment', deployment.id, { type: 'deployment.stop_requested', data: { connections } });
}

function isGone(draft: Draft, id: string | null): boolean {
  const deployment = id === null ? undefined : draft.cluster.deployments.get(id);
  return deployment === undefined || deployment.removed;
}

/** A rollout that is under way decides about it; one that has ended does no more. */
function isLed(draft: Draft, deployment: Deployment): boolean {
  const rollout = draft.cluster.rollouts.get(deployment.rolloutId ?? '');
  return rollout !== undefined && !isEnded(rollout);
}

/** A rollout decides when what it replaces leaves; beside one, the move is finished even if its cause was taken back. */
function stepArrived(draft: Draft, deployment: Deployment): void {
  if (isGone(draft, deployment.replaces)) return enterStage(draft, deployment, 'running');
  const replaced = draft.cluster.deployments.get(deployment.replaces ?? '');
  if (replaced === undefined || isLed(draft, deployment)) return;
  const lost = deployment.because === 'replacement';
  if (isActive(replaced)) leave(draft, replaced, lost ? 'lost' : 'drain');
  else discardKept(draft, replaced);
  // What was lost is seen to be gone only when its server is back: that is not waited for.
  if (lost) enterStage(draft, deployment, 'running');
}

function stepLive(draft: Draft, deployment: Deployment): void {
  const { stage, waitsFor, stagePosition } = deployment;
  switch (stage) {
    case 'healthy':
      return enterStage(
        draft,
        deployment,
        'dns_updating',
        members(draft.cluster).map((server) => server.id),
      );
    case 'dns_updating':
      if (!allAcked(draft, waitsFor, 'dns', stagePosition)) return;
      return enterStage(draft, deployment, 'traefik_updating', routingProxies(draft.cluster, deployment.serviceId));
    case 'traefik_updating':
      if (!allAcked(draft, waitsFor, 'traefik', stagePosition)) return;
      return enterStage(draft, deployment, 'stopping_old');
    case 'stopping_old':
      return stepArrived(draft, deployment);
    case 'pulling':
      return deployment.hold && deployment.imageReady ? stepHeld(draft, deployment) : undefined;
    case 'pending':
    case 'starting':
    case 'running':
    case 'stopped':
    case 'failed':
    case 'rolled_back':
  }
}

export function stepDeployment(draft: Draft, deployment: Deployment): void {
  if (isEndedStage(deployment.stage)) stepEnded(draft, deployment);
  else if (deployment.leaving !== null) stepLeaving(draft, deployment, deployment.leaving);
  else stepLive(draft, deployment);
}
