/** The agent in the real world, and the chores beside it. */
import { sha256Hex } from '@techulus/keys';
import { type AgentWorld, runAgent } from './agent.ts';
import { openConnections } from './connections.ts';
import {
  createAskServer,
  createObserveDns,
  dnsEffector,
  ensureResolved,
  readDnsFile,
  resolvedAfter,
} from './dns/index.ts';
import { probeWith } from './health/probe.ts';
import { processExists } from './host.ts';
import { ensureFirewall, removeFirewall } from './nftables/index.ts';
import { clock, type Node, random, timers } from './node.ts';
import { openSecrets } from './open-sealed.ts';
import type { ControlPlane } from './ports.ts';
import { type HostFiguresSource, hostFigures } from './host-figures.ts';
import { runProgram } from './run-program.ts';
import { writeWhole } from './state/state-file.ts';
import { writeStatus } from './status-file.ts';
import { applyTraefik, observeTraefik } from './traefik/index.ts';
import { type Chore, upkeep } from './upkeep.ts';
import { leaveMesh, observeWireguard, rotateEndpoints, wireguardEffector } from './wireguard/index.ts';

const wireguardPorts = { run: runProgram, clock, timers };

/** The DNS process runs as another user. */
function writeDns(path: string, text: string): Promise<void> {
  return writeWhole(path, text, 0o644);
}

function sections({ dnsFile, identity, membership }: Node): Pick<AgentWorld, 'observeSections' | 'applySections'> {
  const { subnetId } = membership;
  const { wireguard } = identity.keys;
  const ask = createAskServer(timers, random);
  const observeDns = createObserveDns(ask, readDnsFile(dnsFile));
  const own = { subnetId, publicKey: wireguard.publicKey };
  return {
    observeSections: {
      dns: () => observeDns(subnetId),
      traefik: (expected) => Promise.resolve(observeTraefik(expected?.traefik)),
      wireguard: (_, signal) => observeWireguard(wireguardPorts, own, signal),
    },
    applySections: {
      apply_dns: dnsEffector({ ask, timers, write: writeDns, path: dnsFile, subnetId: () => subnetId }),
      apply_traefik: applyTraefik,
      apply_wireguard: resolvedAfter(wireguardEffector(wireguardPorts, wireguard), runProgram, subnetId),
    },
  };
}

function opener({ identity, memory }: Node): AgentWorld['openSecrets'] {
  return (part) => {
    try {
      return openSecrets(part, (name) => memory.expected.sealed(name), identity.keys.sealing);
    } catch (error) {
      memory.expected.askWhole(['containers']);
      throw error;
    }
  };
}

async function throwing(outcome: ReturnType<typeof ensureFirewall>): Promise<void> {
  const ended = await outcome;
  if (ended.outcome !== 'done') throw new Error(ended.message);
}

async function resolving(subnetId: number): Promise<void> {
  const resolved = await ensureResolved(runProgram, subnetId);
  if (typeof resolved === 'object') throw new Error(resolved.failed);
}

/** Images of ours that neither an expected deployment nor a standing container needs. */
async function collectImages({ state, podmanSide }: Node, figures: HostFiguresSource): Promise<void> {
  const { expected, actual } = state.observation ?? {};
  if (expected?.containers === undefined || actual?.containers.observed !== true) return;
  const standing = actual.containers.value.containers.map((container) => container.image);
  const wanted = expected.containers.parts.map((part) => part.image);
  await podmanSide.collection.collect(new Set([...standing, ...wanted]), figures.current().resources.diskPressure);
}

async function findPeers({ state }: Node): Promise<void> {
  const { expected, actual } = state.observation ?? {};
  if (expected?.wireguard === undefined || actual?.wireguard.observed !== true) return;
  await rotateEndpoints(wireguardPorts, expected.wireguard.parts, actual.wireguard.value.peers);
}

/** After a removal, once nothing of ours runs. */
async function leave({ state, identity }: Node): Promise<void> {
  const containers = state.observation?.actual.containers;
  if (!state.removed || containers?.observed !== true || containers.value.containers.length > 0) return;
  await leaveMesh(wireguardPorts, identity.keys.wireguard);
  await removeFirewall(runProgram);
}

function chores(node: Node, figures: HostFiguresSource): Chore[] {
  const { subnetId } = node.membership;
  const member = (run: () => Promise<unknown>) => () => (node.state.removed ? Promise.resolve() : run());
  return [
    { name: 'figures', everyMs: 5_000, run: figures.refresh },
    { name: 'firewall', everyMs: 10_000, run: member(() => throwing(ensureFirewall(runProgram))) },
    { name: 'resolver', everyMs: 10_000, run: member(() => resolving(subnetId)) },
    { name: 'endpoints', everyMs: 5_000, run: member(() => findPeers(node)) },
    { name: 'images', everyMs: 600_000, run: () => collectImages(node, figures) },
    { name: 'leaving', everyMs: 1_000, run: () => leave(node) },
  ];
}

export async function runNode(node: Node, controlPlane: ControlPlane, signal: AbortSignal): Promise<void> {
  const { log, state, memory, membership, paths, podmanSide, config } = node;
  const figures = hostFigures(podmanSide.podman, config.publicAddress);
  await figures.refresh();
  const { serverId, subnetId, name, isProxy } = membership;
  const who = {
    serverId,
    name,
    subnetId,
    role: isProxy ? 'proxy' : 'worker',
    controlPlanes: config.controlPlanes,
  } as const;
  const world: AgentWorld = {
    ...sections(node),
    ...memory,
    ...podmanSide,
    clock,
    timers,
    sha256: sha256Hex,
    log,
    commitPoint: () => Promise.resolve(),
    serverId,
    subnetId,
    bootId: node.bootId,
    state,
    controlPlane,
    openSecrets: opener(node),
    probe: probeWith(podmanSide.podman),
    processExists,
    openConnections,
    facts: figures.current,
    composed: (report, lastReceivedAt) => {
      const status = { schema: 1, pid: process.pid, ...who, lastReceivedAt, removed: state.removed, report } as const;
      writeStatus(paths.status, status).catch((error: unknown) => log.warn(`${paths.status}: ${String(error)}`));
    },
  };
  log.info(`running as ${name} (${serverId})`);
  await Promise.all([runAgent(world, signal), upkeep(chores(node, figures), { clock, timers, log }, signal)]);
}
