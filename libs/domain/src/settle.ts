/**
 * The policy: lets everything that can move on do so, until nothing more follows. Called at the end of every decision,
 * in the same transaction, so that a report that brings the last acknowledgement also takes the next step.
 */
import { stepDeployment } from './deployment-policy.ts';
import type { Draft } from './draft.ts';
import { stepRollout } from './rollout-policy.ts';
import { isEnded } from './rollout.ts';
import { noteSilence, stepLost } from './offline-policy.ts';
import { stepServer } from './server-policy.ts';
import { stepService } from './service-policy.ts';
import type { ClusterState, Deployment, Server } from './state.ts';

/** More rounds than any honest decision takes; reaching it is a bug in a policy, and must not hang the process. */
const ROUNDS = 200;

/** Nothing that only time or acknowledgements can change remains to happen to it. */
function isSettled(deployment: Deployment): boolean {
  return deployment.stage === 'running' && deployment.leaving === null;
}

/** Whether acknowledgements, connections or time could move anything on. */
export function isInMotion(cluster: ClusterState): boolean {
  for (const deployment of cluster.deployments.values()) if (!isSettled(deployment)) return true;
  for (const rollout of cluster.rollouts.values()) if (!isEnded(rollout)) return true;
  for (const server of cluster.servers.values()) if (isServerMoving(server)) return true;
  for (const service of cluster.services.values())
    if (service.deleting || isShort(cluster, service.id, service.replicas)) return true;
  return false;
}

function isServerMoving(server: Server): boolean {
  return (
    !server.removed &&
    (server.draining || server.offlineAt !== null || (server.registration !== null && !server.admitted))
  );
}

function isShort(cluster: ClusterState, id: string, replicas: number): boolean {
  const service = cluster.services.get(id);
  return service?.runningRevision != null && (cluster.byService.get(id)?.size ?? 0) < replicas;
}

function stepServers(draft: Draft): void {
  const { servers } = draft.cluster;
  noteSilence(draft);
  for (const server of [...servers.values()]) {
    stepLost(draft, servers.get(server.id) ?? server);
    stepServer(draft, servers.get(server.id) ?? server);
  }
}

function round(draft: Draft): void {
  const { deployments, rollouts, services } = draft.cluster;
  for (const id of [...deployments.keys()]) {
    const deployment = deployments.get(id);
    if (deployment !== undefined && !isSettled(deployment)) stepDeployment(draft, deployment);
  }
  for (const rollout of [...rollouts.values()]) stepRollout(draft, rollouts.get(rollout.id) ?? rollout);
  for (const service of [...services.values()]) stepService(draft, services.get(service.id) ?? service);
  stepServers(draft);
}

export function settle(draft: Draft): void {
  for (let rounds = 0; rounds < ROUNDS; rounds += 1) {
    const before = draft.events.length;
    round(draft);
    if (draft.events.length === before) return;
  }
  throw new Error(
    `a decision did not settle: ${draft.events
      .slice(-4)
      .map(({ event }) => event.type)
      .join(', ')} go on`,
  );
}
