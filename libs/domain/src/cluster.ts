/**
 * The fold of the whole log into ClusterState. Entities evolve in their lifecycle's file; here stands what an event
 * means for the whole: indices, records, and which sections of which servers it touches.
 */
import type { ClusterEvent } from './cluster-events.ts';
import type { DeploymentEvent } from './deployment-events.ts';
import { evolveDeployment } from './deployment.ts';
import type { DomainEvent, ProjectEvent, Recorded, RegistryEvent, SecretEvent } from './events.ts';
import { idOf } from './ids.ts';
import { evolveProject } from './project.ts';
import { deploymentsOf, deploymentsOn, recordAddresses } from './records.ts';
import { evolveCluster } from './restore.ts';
import { evolveRollout, isEnded } from './rollout.ts';
import type { RolloutEvent } from './rollout-events.ts';
import { evolveRegistry, evolveSecret } from './secret.ts';
import type { RegistrationTokenEvent, ServerEvent } from './server-events.ts';
import { evolveServer, evolveToken } from './server.ts';
import { evolveService, noteReplica } from './service.ts';
import type { ServiceEvent } from './service-events.ts';
import type { ClusterState, Deployment, Gone } from './state.ts';

/** How many gone parts are remembered for answers that carry only changes; older ones cost a whole section. */
const GONE_KEPT = 500;

function remember(gone: readonly Gone[], key: string, position: number): readonly Gone[] {
  return [...gone.slice(-GONE_KEPT + 1), { key, position }];
}

function put<V>(map: Map<string, V>, ended: Map<string, number>, event: Recorded, state: V | null): void {
  const id = idOf(event.stream);
  if (state !== null) {
    map.set(id, state);
    return;
  }
  map.delete(id);
  ended.set(event.stream, event.version);
}

/** Recomputes what a service's name answers; notes the position only where it changed. */
function refreshRecord(cluster: ClusterState, serviceId: string, position: number): void {
  const service = cluster.services.get(serviceId);
  const known = cluster.records.get(serviceId);
  if (service === undefined) {
    if (known === undefined) return;
    cluster.records.delete(serviceId);
    cluster.gone.dns = remember(cluster.gone.dns, known.name, position);
    return;
  }
  const addresses = recordAddresses(cluster, serviceId);
  if (known !== undefined && known.addresses.join() === addresses.join()) return;
  cluster.records.set(serviceId, { name: service.name, addresses, position });
}

/** Notes for each replica whose address left the names at which position: its release waits for that. */
function renewRecord(cluster: ClusterState, serviceId: string, position: number): void {
  const before = cluster.records.get(serviceId)?.addresses ?? [];
  refreshRecord(cluster, serviceId, position);
  const now = new Set(cluster.records.get(serviceId)?.addresses);
  const left = new Set(before.filter((address) => !now.has(address)));
  if (left.size === 0) return;
  for (const deployment of deploymentsOf(cluster, serviceId)) {
    if (left.has(deployment.address))
      cluster.deployments.set(deployment.id, { ...deployment, unnamedPosition: position });
  }
}

function index(map: Map<string, ReadonlySet<string>>, key: string, id: string, present: boolean): void {
  const ids = new Set(map.get(key));
  if (present) ids.add(id);
  else ids.delete(id);
  if (ids.size === 0) map.delete(key);
  else map.set(key, ids);
}

/** Events that change what a server is told of the replica, beside those that only change its stage. */
const TOUCHES_CONTAINERS: ReadonlySet<DeploymentEvent['type']> = new Set<DeploymentEvent['type']>([
  'deployment.created',
  'deployment.failed',
  'deployment.rolled_back',
  'deployment.leaving',
  'deployment.stayed',
  'deployment.stop_requested',
  'deployment.start_allowed',
  'deployment.discarded',
  'deployment.removed',
]);

function touchesNames(event: DeploymentEvent): boolean {
  if (event.type === 'deployment.stage_entered') return event.data.stage === 'dns_updating';
  return (
    event.type === 'deployment.health_changed' ||
    (TOUCHES_CONTAINERS.has(event.type) && event.type !== 'deployment.created')
  );
}

function noteAddress(cluster: ClusterState, deployment: Deployment): void {
  const server = cluster.servers.get(deployment.serverId);
  if (server === undefined) return;
  cluster.servers.set(server.id, { ...server, lastAddress: Number(deployment.address.split('.')[3]) });
}

function touchSections(
  cluster: ClusterState,
  event: Recorded<DeploymentEvent>,
  before: Deployment | undefined,
  after: Deployment,
): void {
  const { position } = event;
  if (TOUCHES_CONTAINERS.has(event.type)) cluster.touched.containers.set(after.serverId, position);
  if (before?.expected === true && !after.expected) {
    const gone = cluster.gone.containers.get(after.serverId) ?? [];
    cluster.gone.containers.set(after.serverId, remember(gone, after.id, position));
  }
  if (touchesNames(event)) cluster.touched.dns = position;
}

function onDeployment(cluster: ClusterState, event: Recorded<DeploymentEvent>): void {
  const id = idOf(event.stream);
  const before = cluster.deployments.get(id);
  const after = evolveDeployment(before, event);
  if (after === null) return;
  cluster.deployments.set(id, after);
  if (event.type === 'deployment.created') {
    index(cluster.byService, after.serviceId, id, true);
    index(cluster.byServer, after.serverId, id, true);
    noteAddress(cluster, after);
  }
  touchSections(cluster, event, before, after);
  renewRecord(cluster, after.serviceId, event.position);
  noteOutcome(cluster, event, after);
  if (event.type === 'deployment.address_released') forget(cluster, after, event);
}

/** A server's removal says nothing about the service. */
function noteOutcome(cluster: ClusterState, event: Recorded<DeploymentEvent>, deployment: Deployment): void {
  const service = cluster.services.get(deployment.serviceId);
  if (service === undefined || deployment.rolloutId !== null) return;
  const failure = event.type === 'deployment.failed' || event.type === 'deployment.leaving' ? event.data.failure : null;
  const running = event.type === 'deployment.stage_entered' && event.data.stage === 'running';
  if (failure !== null && failure.cause !== 'server_removed')
    cluster.services.set(service.id, noteReplica(service, 'failed', event.at));
  else if (running) cluster.services.set(service.id, noteReplica(service, 'running', event.at));
}

/** Nothing decides about it any more; lists and history keep it. */
function forget(cluster: ClusterState, deployment: Deployment, event: Recorded): void {
  cluster.deployments.delete(deployment.id);
  cluster.endedVersions.set(event.stream, event.version);
  index(cluster.byService, deployment.serviceId, deployment.id, false);
  index(cluster.byServer, deployment.serverId, deployment.id, false);
}

function onRollout(cluster: ClusterState, event: Recorded<RolloutEvent>): void {
  const id = idOf(event.stream);
  const rollout = evolveRollout(cluster.rollouts.get(id), event);
  put(cluster.rollouts, cluster.endedVersions, event, rollout);
  if (rollout === null || !isEnded(rollout)) return;
  for (const other of cluster.rollouts.values()) {
    if (other.serviceId !== rollout.serviceId || other.id === id || !isEnded(other)) continue;
    cluster.rollouts.delete(other.id);
    cluster.endedVersions.set(`rollout/${other.id}`, other.version);
  }
  const service = cluster.services.get(rollout.serviceId);
  if (rollout.status === 'succeeded' && service !== undefined) {
    cluster.services.set(service.id, { ...service, runningRevision: rollout.revision });
  }
}

/** Its replicas leave the names, or come back into them. */
function refreshNames(cluster: ClusterState, serverId: string, position: number): void {
  const services = new Set(deploymentsOn(cluster, serverId).map((deployment) => deployment.serviceId));
  for (const serviceId of services) renewRecord(cluster, serviceId, position);
  if (services.size > 0) cluster.touched.dns = position;
}

function onServer(cluster: ClusterState, event: Recorded<ServerEvent>): void {
  const id = idOf(event.stream);
  put(cluster.servers, cluster.endedVersions, event, evolveServer(cluster.servers.get(id), event));
  switch (event.type) {
    case 'server.registered':
      cluster.touched.containers.set(id, event.position);
      cluster.touched.wireguard = event.position;
      return;
    case 'server.endpoints_changed':
      cluster.touched.wireguard = event.position;
      return;
    case 'server.removed':
      cluster.touched.wireguard = event.position;
      cluster.gone.wireguard = remember(cluster.gone.wireguard, id, event.position);
      return;
    case 'server.went_offline':
    case 'server.came_online':
      return refreshNames(cluster, id, event.position);
    case 'server.created':
    case 'server.changed':
    case 'server.admitted':
    case 'server.cordoned':
    case 'server.uncordoned':
    case 'server.drain_requested':
    case 'server.removal_requested':
  }
}

function onService(cluster: ClusterState, event: Recorded<ServiceEvent>): void {
  const id = idOf(event.stream);
  put(cluster.services, cluster.endedVersions, event, evolveService(cluster.services.get(id), event));
  if (event.type === 'service.created' || event.type === 'service.deleted') {
    refreshRecord(cluster, id, event.position);
    cluster.touched.dns = event.position;
  }
  if (event.type === 'service.revision_pinned')
    touchReplicas(cluster, event.position, (d) => d.serviceId === id && d.revision === event.data.revision);
}

/** The replicas' parts changed although nothing happened to the replicas. */
function touchReplicas(cluster: ClusterState, position: number, which: (deployment: Deployment) => boolean): void {
  for (const deployment of cluster.deployments.values()) {
    if (!deployment.expected || !which(deployment)) continue;
    cluster.deployments.set(deployment.id, { ...deployment, partPosition: position });
    cluster.touched.containers.set(deployment.serverId, position);
  }
}

function onRegistry(cluster: ClusterState, event: Recorded<RegistryEvent>): void {
  const host = idOf(event.stream);
  put(cluster.registries, cluster.endedVersions, event, evolveRegistry(cluster.registries.get(host), event));
  touchReplicas(cluster, event.position, (deployment) => {
    const image = cluster.services.get(deployment.serviceId)?.revisions.get(deployment.revision)?.image;
    return image?.startsWith(`${host}/`) === true;
  });
}

function onOther(
  cluster: ClusterState,
  event: Recorded<ClusterEvent | ProjectEvent | SecretEvent | RegistrationTokenEvent>,
): void {
  const { endedVersions: ended } = cluster;
  const id = idOf(event.stream);
  if (isOf<ClusterEvent>(event, 'cluster.')) evolveCluster(cluster, event);
  else if (isOf<ProjectEvent>(event, 'project.'))
    put(cluster.projects, ended, event, evolveProject(cluster.projects.get(id), event));
  else if (isOf<SecretEvent>(event, 'secret.'))
    put(cluster.secrets, ended, event, evolveSecret(cluster.secrets.get(id), event));
  else
    put(cluster.tokens, ended, event, evolveToken(cluster.tokens.get(id), event as Recorded<RegistrationTokenEvent>));
}

function isOf<E extends DomainEvent>(event: Recorded, prefix: string): event is Recorded & E {
  return event.type.startsWith(prefix);
}

/** Applies one event, in place; events come in the order of their positions. */
export function evolve(cluster: ClusterState, event: Recorded): void {
  cluster.position = event.position;
  cluster.at = event.at;
  if (isOf<DeploymentEvent>(event, 'deployment.')) onDeployment(cluster, event);
  else if (isOf<RolloutEvent>(event, 'rollout.')) onRollout(cluster, event);
  else if (isOf<ServerEvent>(event, 'server.')) onServer(cluster, event);
  else if (isOf<ServiceEvent>(event, 'service.')) onService(cluster, event);
  else if (isOf<RegistryEvent>(event, 'registry.')) onRegistry(cluster, event);
  else onOther(cluster, event as Recorded<ClusterEvent | ProjectEvent | SecretEvent | RegistrationTokenEvent>);
}

/** How many events a stream has, as far as the fold knows. */
export function versionOf(cluster: ClusterState, stream: string): number {
  const id = idOf(stream);
  const noun = stream.slice(0, stream.length - id.length - 1);
  const maps: Readonly<Record<string, ReadonlyMap<string, { version: number }>>> = {
    project: cluster.projects,
    server: cluster.servers,
    registration_token: cluster.tokens,
    service: cluster.services,
    rollout: cluster.rollouts,
    deployment: cluster.deployments,
    secret: cluster.secrets,
    registry: cluster.registries,
  };
  if (noun === 'cluster') return cluster.clusterVersion;
  return maps[noun]?.get(id)?.version ?? cluster.endedVersions.get(stream) ?? 0;
}
