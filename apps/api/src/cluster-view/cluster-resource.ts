import { type ClusterState, members, meshAddress, type Server } from '@techulus/domain';
import { deploymentResource } from '../deployments/deployment-resource.ts';
import { projectResource } from '../projects/project-resource.ts';
import { isoTime } from '../reading/time.ts';
import { pastView } from '../reading/view.ts';
import { rolloutResource } from '../rollouts/rollout-resource.ts';
import { serverResource } from '../servers/server-resource.ts';
import { serviceResource } from '../services/service-resource.ts';
import type { ClusterResource, PeerResource } from './cluster.dto.ts';

function peerResource({ id, name, registration, endpoints }: Server): PeerResource[] {
  if (registration === null) return [];
  const { subnetId, keys } = registration;
  const peer = {
    serverId: id,
    serverName: name,
    subnetId,
    meshAddress: meshAddress(subnetId),
    publicKey: keys.wireguardPublicKey,
  };
  return [{ ...peer, endpoints: [...endpoints] }];
}

export function clusterResource(cluster: ClusterState, epoch: number): ClusterResource {
  const view = pastView(cluster, epoch);
  const deployments = [...cluster.deployments.values()].map((deployment) => deploymentResource(view, deployment));
  const madeBy = (rolloutId: string) => deployments.filter((deployment) => deployment.rolloutId === rolloutId);
  return {
    position: cluster.position,
    epoch,
    at: isoTime(cluster.at),
    keepsUnknown: cluster.keepsUnknown,
    projects: [...cluster.projects.values()].map((project) => projectResource(view, project)),
    servers: [...cluster.servers.values()].map((server) => serverResource(view, server)),
    services: [...cluster.services.values()].map((service) => serviceResource(view, service)),
    deployments,
    rollouts: [...cluster.rollouts.values()].map((rollout) => rolloutResource(view, rollout, madeBy(rollout.id))),
    records: [...cluster.records.values()].map(({ name, addresses }) => ({ name, addresses: [...addresses] })),
    peers: members(cluster).flatMap(peerResource),
  };
}
