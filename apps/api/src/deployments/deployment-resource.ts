import { type Deployment, isEndedStage, isOnline, type Leaving, waitingFor } from '@techulus/domain';
import { isoTime, isoTimeOrNull } from '../reading/time.ts';
import type { View } from '../reading/view.ts';
import type { DeploymentResource, ShownStage, WaitingForResource } from './deployment.dto.ts';

/** What a replica waits for; the past does not know. */
export function waitingForOf(view: View, deployment: Deployment): WaitingForResource[] {
  return view.reports === null ? [] : waitingFor(view, view.cluster, deployment);
}

/** `unknown` lies over the stage of a replica whose server is silent. */
function stageOf(view: View, deployment: Deployment): ShownStage {
  const { stage, serverId } = deployment;
  if (isEndedStage(stage) || view.reports === null) return stage;
  return isOnline(view, view.cluster, serverId) ? stage : 'unknown';
}

function leavingOf(leaving: Leaving | null, waits: WaitingForResource[]): DeploymentResource['leaving'] {
  if (leaving === null) return null;
  const { reason, at, drainingSince, stopRequestedAt } = leaving;
  return {
    reason,
    since: isoTime(at),
    drainingSince: isoTimeOrNull(drainingSince),
    stopRequestedAt: isoTimeOrNull(stopRequestedAt),
    waitingFor: waits,
  };
}

function reasonOf(deployment: Deployment): DeploymentResource['reason'] {
  const { failure } = deployment;
  return failure && { code: failure.cause, message: failure.message, exitCode: failure.exitCode };
}

export function deploymentResource(view: View, deployment: Deployment, lastLogLines?: string[]): DeploymentResource {
  const { cluster } = view;
  const { id, version, serviceId, serverId, revision, address, rolloutId, batch, because, replaces } = deployment;
  const { health, healthMessage, restarts, crashLooping } = deployment;
  const waits = waitingForOf(view, deployment);
  return {
    id,
    version,
    serviceId,
    serviceName: cluster.services.get(serviceId)?.name ?? null,
    serverId,
    serverName: cluster.servers.get(serverId)?.name ?? null,
    ...{ revision, address, rolloutId, batch, because, replaces },
    stage: stageOf(view, deployment),
    stageSince: isoTime(deployment.stageAt),
    waitingFor: waits,
    ...{ health, healthMessage, restarts, crashLooping },
    leaving: leavingOf(deployment.leaving, waits),
    reason: reasonOf(deployment),
    lastLogLines: lastLogLines ?? deployment.failure?.lastLogLines ?? [],
    createdAt: isoTime(deployment.createdAt),
  };
}
