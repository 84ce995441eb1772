import {
  containerSpecHash,
  type DeploymentPart,
  type HealthCheck,
  type PeerPart,
  type RecordPart,
  type RegistryReference,
  type RoutePart,
  type Wanted,
} from '@techulus/contract';
import {
  type ClusterState,
  type Deployment,
  deploymentsOn,
  macOf,
  members,
  type RecordState,
  type RevisionSpec,
  type Server,
} from '@techulus/domain';
import { pinnedImage, registryHostOf } from './image.ts';

/** A part with the position of its last change; `part` is rendered only when it is sent or hashed. */
export interface Positioned<P> {
  readonly position: number;
  readonly part: P;
}

function registryOf(cluster: ClusterState, image: string): RegistryReference | null {
  const registry = cluster.registries.get(registryHostOf(image) ?? '');
  return registry === undefined ? null : { host: registry.host, version: registry.currentVersion };
}

function healthCheckOf(spec: RevisionSpec): HealthCheck | null {
  return spec.healthCheck === null ? null : { ...spec.healthCheck };
}

function sortedEntries(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function wantOf({ hold, leaving }: Pick<Deployment, 'hold' | 'leaving'>): Wanted {
  if (hold) return 'pull';
  if (leaving === null) return 'run';
  return leaving.keep && leaving.stopRequestedAt !== null ? 'stop' : 'drain';
}

/** What a part is rendered from. */
type Replica = Pick<Deployment, 'id' | 'serviceId' | 'revision' | 'address' | 'leaving' | 'hold' | 'partPosition'>;

function deploymentPart(cluster: ClusterState, deployment: Replica): Positioned<DeploymentPart> | null {
  const service = cluster.services.get(deployment.serviceId);
  const spec = service?.revisions.get(deployment.revision);
  if (service === undefined || spec === undefined) return null;
  const part: DeploymentPart = {
    key: deployment.id,
    serviceId: service.id,
    serviceName: service.name,
    revision: deployment.revision,
    want: wantOf(deployment),
    image: pinnedImage(spec.image, spec.digest),
    digest: spec.digest,
    address: deployment.address,
    mac: macOf(deployment.address),
    command: spec.command,
    env: sortedEntries(spec.env),
    secrets: spec.secrets
      .map(({ env, id, version }) => ({ env, id, version }))
      .toSorted((a, b) => (a.env < b.env ? -1 : 1)),
    ports: spec.ports.map(({ port, protocol }) => ({ port, protocol })),
    resources: { ...spec.resources },
    healthCheck: healthCheckOf(spec),
    stopTimeoutSeconds: spec.stopTimeoutSeconds,
    registry: registryOf(cluster, spec.image),
  };
  return { position: deployment.partPosition, part };
}

/** A container's description of itself, as an agent reports it. */
export interface Origin {
  readonly deploymentId: string;
  readonly serviceId: string;
  readonly address: string;
  readonly specHash: string;
}

/** The service's revision that a container was made from; null: none of those that the log knows. */
export function revisionOf(cluster: ClusterState, origin: Origin, sha256: (text: string) => string): number | null {
  const { deploymentId, serviceId, address, specHash } = origin;
  const revisions = [...(cluster.services.get(serviceId)?.revisions.keys() ?? [])].toSorted((a, b) => b - a);
  const plain = { id: deploymentId, serviceId, address, leaving: null, hold: false, partPosition: 0 };
  for (const revision of revisions) {
    const part = deploymentPart(cluster, { ...plain, revision })?.part;
    if (part !== undefined && containerSpecHash(part, sha256) === specHash) return revision;
  }
  return null;
}

export function containerParts(cluster: ClusterState, server: Server): Positioned<DeploymentPart>[] {
  return deploymentsOn(cluster, server.id).flatMap((deployment) => {
    const part = deployment.expected ? deploymentPart(cluster, deployment) : null;
    return part === null ? [] : [part];
  });
}

/** One part for one state of what it tells of, however many servers are told: nothing in a cluster is changed in place. */
function onceEach<T extends object, P>(render: (from: T) => P): (from: T) => P {
  const known = new WeakMap<T, P>();
  return (from) => {
    let part = known.get(from);
    if (part === undefined) known.set(from, (part = render(from)));
    return part;
  };
}

const recordPart = onceEach(({ name, addresses, position }: RecordState): Positioned<RecordPart> => ({
  position,
  part: { key: name, addresses: [...addresses] },
}));

export function recordParts(cluster: ClusterState): Positioned<RecordPart>[] {
  return [...cluster.records.values()].map(recordPart);
}

const peerPart = onceEach((peer: Server): Positioned<PeerPart> | null => {
  if (peer.registration === null) return null;
  const { subnetId, keys } = peer.registration;
  const part = { key: peer.id, subnetId, publicKey: keys.wireguardPublicKey, endpoints: [...peer.endpoints] };
  return { position: peer.peerPosition, part };
});

export function peerParts(cluster: ClusterState, server: Server): Positioned<PeerPart>[] {
  return members(cluster).flatMap((peer) => (peer.id === server.id ? [] : (peerPart(peer) ?? [])));
}

/** Public routes come with Traefik; until then the section exists and is empty. */
export function routeParts(): Positioned<RoutePart>[] {
  return [];
}
