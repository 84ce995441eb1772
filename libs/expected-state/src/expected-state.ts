import {
  compareGenerations,
  type DeploymentPart,
  type Generation,
  type Generations,
  partLine,
  type PeerPart,
  type RecordPart,
  RENDERER_VERSION,
  type RoutePart,
  type SectionDeltas,
  sectionHash,
  type SectionName,
} from '@techulus/contract';
import { type ClusterState, deploymentsOn, type Gone, type Server, type ServerId } from '@techulus/domain';
import { containerParts, peerParts, type Positioned, recordParts, routeParts } from './parts.ts';

type Sha256 = (text: string) => string;

function memberOf(cluster: ClusterState, id: ServerId): { server: Server; since: number } {
  const server = cluster.servers.get(id);
  if (server?.registration == null || server.removed)
    throw new Error(`server ${id} is not in the mesh, so it is not expected to be anything`);
  return { server, since: server.registration.position };
}

/** The generation of each section for one server: the last event that touched it, or the server's own registration. */
export function generationsOf(cluster: ClusterState, id: ServerId, epoch: number): Record<SectionName, Generation> {
  const { since } = memberOf(cluster, id);
  const { touched } = cluster;
  const at = (position: number): Generation => ({
    epoch,
    position: Math.max(position, since),
    renderer: RENDERER_VERSION,
  });
  return {
    containers: at(touched.containers.get(id) ?? 0),
    dns: at(touched.dns),
    traefik: at(touched.traefik),
    wireguard: at(touched.wireguard),
  };
}

interface Delta<P> {
  generation: Generation;
  whole: boolean;
  parts: P[];
  gone: string[];
  hash: string;
}

interface Source<P> {
  readonly generation: Generation;
  /** Made only for a section that is sent or hashed: most answers carry one of the four. */
  readonly parts: () => Positioned<P>[];
  readonly gone: readonly Gone[];
}

/** Changes since a generation can be told only as far back as gone parts are remembered; the list is full at its limit. */
const GONE_LIMIT = 500;

function canTellChanges(held: Generation, source: Source<unknown>): boolean {
  const { generation, gone } = source;
  if (held.epoch !== generation.epoch || held.renderer !== generation.renderer || held.position > generation.position)
    return false;
  const oldest = gone[0];
  return gone.length < GONE_LIMIT || oldest === undefined || held.position >= oldest.position;
}

const lines = new WeakMap<{ key: string }, string>();

/** Records and peers are the same for all servers, and so are their lines: each is written once. */
function lineOf(part: { key: string }): string {
  let line = lines.get(part);
  if (line === undefined) lines.set(part, (line = partLine(part)));
  return line;
}

function byKey<P extends { key: string }>(parts: readonly P[]): P[] {
  return parts.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function deltaOf<P extends { key: string }>(
  source: Source<P>,
  held: Generation | undefined,
  sha256: Sha256,
): Delta<P> | undefined {
  const { generation, gone } = source;
  if (held !== undefined && compareGenerations(held, generation) === 0) return undefined;
  const parts = source.parts();
  const all = parts.map(({ part }) => part);
  const hash = sectionHash(all, sha256, lineOf);
  if (held === undefined || !canTellChanges(held, source))
    return { generation, whole: true, parts: byKey(all), gone: [], hash };
  const present = new Set(all.map((part) => part.key));
  const changed = parts.filter(({ position }) => position > held.position).map(({ part }) => part);
  const left = gone.filter(({ key, position }) => position > held.position && !present.has(key)).map(({ key }) => key);
  return { generation, whole: false, parts: byKey(changed), gone: [...new Set(left)].toSorted(), hash };
}

interface Sources {
  containers: Source<DeploymentPart>;
  dns: Source<RecordPart>;
  traefik: Source<RoutePart>;
  wireguard: Source<PeerPart>;
}

function sourcesOf(cluster: ClusterState, id: ServerId, epoch: number): Sources {
  const { server } = memberOf(cluster, id);
  const generations = generationsOf(cluster, id, epoch);
  return {
    containers: {
      generation: generations.containers,
      parts: () => containerParts(cluster, server),
      gone: cluster.gone.containers.get(id) ?? [],
    },
    dns: { generation: generations.dns, parts: () => recordParts(cluster), gone: cluster.gone.dns },
    traefik: { generation: generations.traefik, parts: routeParts, gone: [] },
    wireguard: {
      generation: generations.wireguard,
      parts: () => peerParts(cluster, server),
      gone: cluster.gone.wireguard,
    },
  };
}

/** The sections that changed since the generations held, each as its changes where that can be told, else whole. */
export function answerFor(
  cluster: ClusterState,
  id: ServerId,
  epoch: number,
  held: Generations,
  sha256: Sha256,
): SectionDeltas {
  const { containers, dns, traefik, wireguard } = sourcesOf(cluster, id, epoch);
  const deltas = {
    containers: withStopOnly(deltaOf(containers, held.containers, sha256), cluster, id),
    dns: deltaOf(dns, held.dns, sha256),
    traefik: deltaOf(traefik, held.traefik, sha256),
    wireguard: deltaOf(wireguard, held.wireguard, sha256),
  };
  return Object.fromEntries(Object.entries(deltas).filter(([, delta]) => delta !== undefined));
}

/** With every change to the section: after a restore, what the log does not know is left alone. */
function withStopOnly<D extends object>(delta: D | undefined, cluster: ClusterState, id: ServerId): D | undefined {
  if (delta === undefined || !cluster.keepsUnknown) return delta;
  const ending = deploymentsOn(cluster, id).filter((deployment) => !deployment.expected && !deployment.removed);
  return { ...delta, stopOnly: ending.map((deployment) => deployment.id).toSorted() };
}

export interface WholeSections {
  readonly containers: Delta<DeploymentPart>;
  readonly dns: Delta<RecordPart>;
  readonly traefik: Delta<RoutePart>;
  readonly wireguard: Delta<PeerPart>;
}

/** Everything one server is expected to be. */
export function expectedStateOf(cluster: ClusterState, id: ServerId, epoch: number, sha256: Sha256): WholeSections {
  const whole = <P extends { key: string }>({ generation, parts }: Source<P>): Delta<P> => {
    const all = byKey(parts().map(({ part }) => part));
    return { generation, whole: true, parts: all, gone: [], hash: sectionHash(all, sha256, lineOf) };
  };
  const sources = sourcesOf(cluster, id, epoch);
  return {
    containers: whole(sources.containers),
    dns: whole(sources.dns),
    traefik: whole(sources.traefik),
    wireguard: whole(sources.wireguard),
  };
}
