/** What must hold once faults have ended: everything stands as was last asked for, everywhere the same. */
import { recorded } from '@techulus/api/cluster/event-types.ts';
import { type ClusterState, emptyCluster, evolve, isActive, isEnded, isInMotion, type Service } from '@techulus/domain';
import { verifyLog } from '@techulus/event-store';
import { expectedStateOf } from '@techulus/expected-state';
import { sha256Hex } from '@techulus/keys';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../machine.ts';
import type { Accepted } from '../operator.ts';
import type { Watch } from './watch.ts';

const EPOCH = 1;

function whyNotThere(cluster: Cluster, machine: Machine, id: string): string | null {
  const expected = expectedStateOf(cluster.truth, id, EPOCH, sha256Hex);
  const held = machine.disk.expected.value?.answer.sections;
  for (const [section, { generation, hash }] of Object.entries(expected)) {
    const own = held?.[section as keyof typeof expected];
    if (own === undefined || own.hash !== hash || own.generation.position !== generation.position)
      return `${machine.name} does not hold ${section} as of ${generation.position}`;
  }
  if (machine.sections.dns.hash !== expected.dns.hash) return `${machine.name} answers other names`;
  const wanted = expected.containers.parts.map((part) => `${part.key} ${part.image}`).toSorted();
  const actual = machine.podman.ours().map((c) => `${c.deploymentId} ${c.image}${c.running ? '' : ' stands still'}`);
  if (wanted.join() !== actual.toSorted().join())
    return `${machine.name} runs [${actual.join(', ')}], expected [${wanted.join(', ')}]`;
  return machine.state.mode === 'IDLE' ? null : `${machine.name} is not idle`;
}

/** A rollout that could go neither on nor back: what stands stays, and the operator was told. */
function gaveUp({ rollouts }: ClusterState, serviceId: string): boolean {
  return [...rollouts.values()].some(
    (r) => r.serviceId === serviceId && /going back failed/.test(r.reason?.message ?? ''),
  );
}

function whyNotServed(truth: ClusterState, service: Service): string | null {
  const { id, name, runningRevision } = service;
  if (runningRevision === null) return null;
  const replicas = [...truth.deployments.values()].filter((d) => d.serviceId === id);
  const running = replicas.filter((d) => isActive(d) && d.stage === 'running' && d.health === 'healthy');
  if (running.length !== service.replicas || replicas.length !== service.replicas) {
    const all = replicas.map((d) => `${d.id} ${d.stage} ${d.leaving?.reason ?? d.health}`).join(', ');
    return `${name} has ${running.length} of ${service.replicas}: ${all}`;
  }
  const old = running.find((d) => d.revision !== runningRevision);
  if (old === undefined || gaveUp(truth, id)) return null;
  return `${name}: ${old.id} runs revision ${old.revision}, not ${runningRevision}`;
}

/** What has not come to rest yet, or null. */
export function whyNotAtRest(watch: Watch): string | null {
  const { cluster } = watch;
  const { truth } = cluster;
  const moving = [...truth.rollouts.values()].find((rollout) => !isEnded(rollout));
  if (moving !== undefined) return `rollout ${moving.id} is ${moving.status}, ${moving.direction}`;
  for (const service of truth.services.values()) {
    const why = whyNotServed(truth, service);
    if (why !== null) return why;
  }
  if (isInMotion(truth)) return 'the cluster says that it is in motion';
  for (const { machine, id } of watch.members()) {
    const why = whyNotThere(cluster, machine, id);
    if (why !== null) return why;
  }
  return null;
}

/** Maps and sets with their order: what is decided may follow it. */
function plain(_: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}

export function foldOf(state: ClusterState): string {
  return JSON.stringify(state, plain);
}

function rebuild(cluster: Cluster): ClusterState {
  const state = emptyCluster();
  for (const stored of cluster.database.read({ after: 0, limit: Number.MAX_SAFE_INTEGER }))
    evolve(state, recorded(stored));
  return state;
}

function ends(cluster: Cluster): void {
  const types = new Map<string, string[]>();
  for (const event of cluster.database.read({ after: 0, limit: Number.MAX_SAFE_INTEGER })) {
    if (!event.type.startsWith('rollout.')) continue;
    types.set(event.stream, [...(types.get(event.stream) ?? []), event.type]);
  }
  for (const [stream, seen] of types) {
    const last = seen.filter((type) => /succeeded|failed|rolled_back|cancelled|superseded/.test(type));
    if (last.length !== 1)
      cluster.broken('two ends', `${stream} has ${last.length} terminal events: ${seen.join(', ')}`);
  }
}

function acceptedIsKept(cluster: Cluster, accepted: Accepted): void {
  const streams = new Set(cluster.database.read({ after: 0, limit: Number.MAX_SAFE_INTEGER }).map((e) => e.stream));
  for (const id of accepted.rollouts)
    if (!streams.has(`rollout/${id}`)) cluster.broken('lost', `rollout ${id} was accepted and is not in the log`);
  for (const [id, replicas] of accepted.replicas) {
    const service = cluster.truth.services.get(id);
    if (service !== undefined && replicas !== null && service.replicas !== replicas)
      cluster.broken('lost', `${service.name} was scaled to ${replicas} and has ${service.replicas}`);
  }
}

export async function checkTheEnd(watch: Watch, accepted: Accepted): Promise<void> {
  const { cluster } = watch;
  ends(cluster);
  acceptedIsKept(cluster, accepted);
  const truth = foldOf(rebuild(cluster));
  for (const [name, api] of cluster.apis)
    if (api.process.alive && foldOf(api.live.state) !== truth)
      cluster.broken('folds differ', `${name} holds another fold`);
  const read = (options: Parameters<typeof cluster.database.read>[0]) =>
    Promise.resolve(cluster.database.read(options));
  const verified = await verifyLog({ read }, sha256Hex);
  if (!verified.ok) cluster.broken('chain', `the log's chain breaks at ${verified.position}: ${verified.reason}`);
}
