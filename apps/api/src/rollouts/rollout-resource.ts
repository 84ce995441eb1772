import { canRollout, isEnded, type Rollout } from '@techulus/domain';
import type { DeploymentResource, WaitingForResource } from '../deployments/deployment.dto.ts';
import { isoTime, isoTimeOrNull } from '../reading/time.ts';
import type { View } from '../reading/view.ts';
import type { RolloutResource } from './rollout.dto.ts';

/** What its replicas wait for, each thing once. */
function waitingForOf(rollout: Rollout, deployments: readonly DeploymentResource[]): WaitingForResource[] {
  if (isEnded(rollout)) return [];
  const all = deployments.flatMap((deployment) => deployment.waitingFor);
  return [...new Map(all.map((waiting) => [waiting.text, waiting])).values()];
}

export function rolloutResource(view: View, rollout: Rollout, deployments: DeploymentResource[]): RolloutResource {
  const { id, version, serviceId, revision, fromRevision, status, direction, reason, batch, replaces } = rollout;
  return {
    id,
    version,
    serviceId,
    serviceName: view.cluster.services.get(serviceId)?.name ?? null,
    ...{ revision, fromRevision, status, direction, reason, batch },
    replaces: [...replaces],
    requestedAt: isoTime(rollout.requestedAt),
    endedAt: isoTimeOrNull(rollout.endedAt),
    deployments,
    waitingFor: waitingForOf(rollout, deployments),
    can: canRollout(view.cluster, rollout),
  };
}
