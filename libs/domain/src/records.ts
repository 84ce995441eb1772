import { isActive, isRouted } from './deployment.ts';
import type { ServiceId } from './ids.ts';
import type { ClusterState, Deployment } from './state.ts';

function byNumber(a: string, b: string): number {
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return number(a) - number(b);
}

/**
 * The replicas that a service's name and routes lead to: the healthy ones on servers that are heard; where there are
 * none, the unhealthy ones there; and the last stay named even when their servers are silent.
 */
export function servingReplicas(cluster: ClusterState, id: ServiceId): Deployment[] {
  const routed = deploymentsOf(cluster, id).filter((deployment) => isActive(deployment) && isRouted(deployment));
  const heard = routed.filter((deployment) => cluster.servers.get(deployment.serverId)?.offlineAt == null);
  const healthy = heard.filter((deployment) => deployment.health !== 'unhealthy');
  return [healthy, heard, routed].find((replicas) => replicas.length > 0) ?? [];
}

export function recordAddresses(cluster: ClusterState, id: ServiceId): string[] {
  return servingReplicas(cluster, id)
    .map((deployment) => deployment.address)
    .toSorted(byNumber);
}

/** All deployments of a service that the fold still holds, in the order they were made. */
export function deploymentsOf(cluster: ClusterState, id: ServiceId): Deployment[] {
  return [...(cluster.byService.get(id) ?? [])].flatMap((deploymentId) => cluster.deployments.get(deploymentId) ?? []);
}

export function deploymentsOn(cluster: ClusterState, serverId: string): Deployment[] {
  return [...(cluster.byServer.get(serverId) ?? [])].flatMap(
    (deploymentId) => cluster.deployments.get(deploymentId) ?? [],
  );
}
