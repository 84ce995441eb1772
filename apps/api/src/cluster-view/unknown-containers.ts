/** What servers last reported and the log does not know. */
import type { ClusterState, ServerId, UnknownContainer } from '@techulus/domain';
import { revisionOf } from '@techulus/expected-state';
import { systemHash } from '@techulus/ports';
import type { PresenceRow } from '../presence/presence.ts';

export interface Unknown {
  /** Their labels say what they are. */
  readonly described: readonly UnknownContainer[];
  readonly strange: readonly { readonly deploymentId: string; readonly serverId: ServerId }[];
}

export function unknownContainers(cluster: ClusterState, reports: ReadonlyMap<ServerId, PresenceRow>): Unknown {
  const described: UnknownContainer[] = [];
  const strange: { deploymentId: string; serverId: ServerId }[] = [];
  for (const [serverId, { containers }] of reports) {
    for (const { deploymentId, origin } of containers) {
      if (cluster.deployments.has(deploymentId)) continue;
      if (origin === undefined) strange.push({ deploymentId, serverId });
      else {
        const { serviceId, address } = origin;
        const revision = revisionOf(cluster, { ...origin, deploymentId }, systemHash);
        described.push({ serverId, deploymentId, serviceId, revision, address });
      }
    }
  }
  return { described, strange };
}
