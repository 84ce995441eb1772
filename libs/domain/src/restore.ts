/**
 * The cluster as a whole, as far as its log is concerned.
 *
 *   created ── restored ──> keeps what it does not know ── unknown_stopped ──> as before
 *
 * After a restore the log is older than what runs: a container that it does not know may be the newest release of a
 * service. Servers keep such containers until the operator has adopted them or ordered the rest to stop.
 */
import type { ClusterEvent } from './cluster-events.ts';
import type { Recorded } from './events.ts';
import type { ClusterState } from './state.ts';

export function evolveCluster(cluster: ClusterState, event: Recorded<ClusterEvent>): void {
  cluster.clusterVersion = event.version;
  switch (event.type) {
    case 'cluster.created':
      cluster.settings = event.data;
      return;
    case 'cluster.restored':
      cluster.keepsUnknown = true;
      return touchAll(cluster, event.position);
    case 'cluster.unknown_stopped':
      cluster.keepsUnknown = false;
      return touchAll(cluster, event.position);
  }
}

/** Every server is told. */
function touchAll(cluster: ClusterState, position: number): void {
  for (const id of cluster.servers.keys()) cluster.touched.containers.set(id, position);
}
