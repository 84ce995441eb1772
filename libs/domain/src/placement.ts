/**
 * Where a replica goes: a pure function of the cluster and of presence. Spread over servers first, then the emptier
 * one, ties by id; the refusal names the limit that was met.
 */
import { isOnline } from './acks.ts';
import { freeAddress } from './addressing.ts';
import { isActive } from './deployment.ts';
import type { Draft } from './draft.ts';
import type { ServerId } from './ids.ts';
import { deploymentsOn } from './records.ts';
import { Refused } from './refused.ts';
import type { RevisionSpec } from './service-events.ts';
import type { Server, Service } from './state.ts';

export interface Placed {
  readonly serverId: ServerId;
  readonly address: string;
}

export function meetsConstraint(labels: Readonly<Record<string, string>>, constraint: string): boolean {
  const [label = '', wanted = ''] = constraint.split(/[!=]=/);
  return constraint.includes('!=') ? labels[label.trim()] !== wanted.trim() : labels[label.trim()] === wanted.trim();
}

interface Load {
  readonly memoryMb: number;
  readonly cpus: number;
  readonly replicas: number;
}

function specOf(draft: Draft, serviceId: string, revision: number): RevisionSpec | undefined {
  return draft.cluster.services.get(serviceId)?.revisions.get(revision);
}

function loadOf(draft: Draft, serverId: ServerId): Load {
  const expected = deploymentsOn(draft.cluster, serverId).filter((deployment) => deployment.expected);
  const asked = expected.map((deployment) => specOf(draft, deployment.serviceId, deployment.revision)?.resources);
  return {
    memoryMb: asked.reduce((sum, resources) => sum + (resources?.memoryMb ?? 0), 0),
    cpus: asked.reduce((sum, resources) => sum + (resources?.cpus ?? 0), 0),
    replicas: expected.length,
  };
}

/** Why a server takes no placements at all now, or null. */
export function whyClosed(draft: Draft, server: Server): string | null {
  if (server.removed || server.removing !== null) return 'is being removed';
  if (server.registration === null) return 'has not registered';
  if (server.cordoned) return server.draining ? 'is draining' : 'is cordoned';
  return whyUnfit(draft, server);
}

function whyUnfit(draft: Draft, server: Server): string | null {
  const presence = draft.presence.get(server.id);
  if (!isOnline(draft, draft.cluster, server.id) || presence === undefined) return 'is offline';
  if (!server.admitted) return 'is not yet acknowledged by every peer';
  if (!presence.podmanAnswers) return 'has a Podman that does not answer';
  return presence.diskPressure ? 'is short of disk space' : null;
}

function whyNoRoom(server: Server, load: Load, spec: RevisionSpec): string | null {
  const host = server.registration?.host;
  const { memoryMb, cpus } = spec.resources;
  if (host === undefined) return 'has not registered';
  if (memoryMb !== null && load.memoryMb + memoryMb > host.memoryMb) {
    return `has ${host.memoryMb - load.memoryMb} MiB of ${host.memoryMb} MiB memory left, ${memoryMb} MiB are asked for`;
  }
  if (cpus !== null && load.cpus + cpus > host.cpus)
    return `has ${host.cpus - load.cpus} of ${host.cpus} CPUs left, ${cpus} are asked for`;
  return null;
}

function whyNotMeant(server: Server, service: Service): string | null {
  const { constraints, servers } = service.placement;
  if (servers.length > 0 && !servers.includes(server.id)) return 'is not among the servers that the service names';
  const broken = constraints.find((constraint) => !meetsConstraint(server.labels, constraint));
  return broken === undefined ? null : `does not meet ${broken}`;
}

interface Wanted {
  readonly service: Service;
  readonly revision: number;
  readonly spec: RevisionSpec;
}

interface Candidate {
  readonly server: Server;
  readonly sameRevision: number;
  readonly sameService: number;
  readonly load: Load;
  readonly address: string;
}

/** The load with the replicas that this decision has just placed there. */
function loadWith(load: Load, spec: RevisionSpec, placed: number): Load {
  const { memoryMb, cpus } = spec.resources;
  return {
    memoryMb: load.memoryMb + placed * (memoryMb ?? 0),
    cpus: load.cpus + placed * (cpus ?? 0),
    replicas: load.replicas + placed,
  };
}

function candidate(draft: Draft, server: Server, wanted: Wanted, placed: readonly Placed[]): Candidate | string {
  const here = placed.filter((other) => other.serverId === server.id);
  const withPlaced = loadWith(loadOf(draft, server.id), wanted.spec, here.length);
  const why =
    whyClosed(draft, server) ?? whyNotMeant(server, wanted.service) ?? whyNoRoom(server, withPlaced, wanted.spec);
  if (why !== null) return `${server.name} ${why}`;
  const taken = new Set([
    ...deploymentsOn(draft.cluster, server.id).map((d) => d.address),
    ...here.map((other) => other.address),
  ]);
  const last = Number(here.at(-1)?.address.split('.')[3] ?? server.lastAddress);
  const address = freeAddress(server.registration?.subnetId ?? 0, taken, last);
  if (address === null) return `${server.name} has no container address left (${taken.size} are held)`;
  const ours = deploymentsOn(draft.cluster, server.id).filter((d) => d.serviceId === wanted.service.id && isActive(d));
  const sameRevision = ours.filter((d) => d.revision === wanted.revision).length + here.length;
  return { server, sameRevision, sameService: ours.length + here.length, load: withPlaced, address };
}

function better(a: Candidate, b: Candidate): number {
  return (
    a.sameRevision - b.sameRevision ||
    a.sameService - b.sameService ||
    a.load.replicas - b.load.replicas ||
    a.load.memoryMb - b.load.memoryMb ||
    (a.server.id < b.server.id ? -1 : 1)
  );
}

/** Places for `count` replicas, or Refused `no_capacity` saying why each server was passed over. */
export function place(draft: Draft, service: Service, revision: number, count: number): Placed[] {
  const spec = service.revisions.get(revision);
  if (spec === undefined)
    throw new Refused('not_found', 'revision_not_found', `service ${service.name} has no revision ${revision}`);
  const servers = [...draft.cluster.servers.values()].filter((server) => !server.removed);
  const placed: Placed[] = [];
  while (placed.length < count) {
    const answers = servers.map((server) => candidate(draft, server, { service, revision, spec }, placed));
    const best = answers.filter((answer) => typeof answer !== 'string').toSorted(better)[0];
    if (best === undefined) {
      const whys = answers.filter((answer) => typeof answer === 'string').join('; ');
      const fits = placed.length === 0 ? 'no replica fits' : `only ${placed.length} of ${count} more replicas fit`;
      throw new Refused('conflict', 'no_capacity', `${fits}: ${whys === '' ? 'there are no servers' : whys}`);
    }
    placed.push({ serverId: best.server.id, address: best.address });
  }
  return placed;
}
