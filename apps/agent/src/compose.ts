/** The tasks of a running agent, wired: loop, heartbeat, events, upkeep. Each takes what it needs as arguments; only here do they meet. */
import { sha256Hex } from '@techulus/keys';
import { createAskServer, createObserveDns, dnsEffector, ensureResolved, readDnsFile } from './dns/index.ts';
import { effectors } from './effectors.ts';
import { openConnections } from './connections.ts';
import { HealthMonitor } from './health/monitor.ts';
import { probeWith } from './health/probe.ts';
import { Heartbeat } from './heartbeat.ts';
import { processExists } from './host.ts';
import { Loop } from './loop.ts';
import { ensureFirewall, removeFirewall } from './nftables/index.ts';
import { clock, type Node, random, timers } from './node.ts';
import { observer } from './observe.ts';
import { openSecrets } from './open-sealed.ts';
import { containerEffectors } from './podman/apply.ts';
import { followEvents } from './podman/events.ts';
import { Processes } from './podman/processes.ts';
import { Poller } from './poller.ts';
import type { ControlPlane } from './ports.ts';
import { renderReport } from './report.ts';
import { reportFacts } from './report-facts.ts';
import { runProgram } from './run-program.ts';
import { writeWhole } from './state/state-file.ts';
import { writeStatus } from './status-file.ts';
import { applyTraefik, observeTraefik } from './traefik/index.ts';
import { upkeep } from './upkeep.ts';
import { watchContainers } from './watch-containers.ts';
import { leaveMesh, observeWireguard, rotateEndpoints, wireguardEffector } from './wireguard/index.ts';

const PROCESSES_LOOK_MS = 500;
const wireguardPorts = { run: runProgram, clock, timers };

function sectionEffectors({ dnsFile, identity, membership }: Node) {
  const ask = createAskServer(timers, random);
  const { subnetId } = membership;
  const dns = dnsEffector({ ask, timers, write: writeDns, path: dnsFile, subnetId: () => subnetId });
  const apply_wireguard = wireguardEffector(wireguardPorts, identity.keys.wireguard);
  return { apply_dns: dns, apply_traefik: applyTraefik, apply_wireguard };
}

/** The DNS process runs as another user. */
function writeDns(path: string, text: string): Promise<void> {
  return writeWhole(path, text, 0o644);
}

function nodeEffectors(node: Node) {
  const { podman, images } = node.podmanSide;
  const { expected, ledger } = node.memory;
  const { serverId, subnetId } = node.membership;
  const { sealing } = node.identity.keys;
  const containers = containerEffectors({
    podman,
    images,
    ledger,
    clock,
    bootId: node.bootId,
    serverId,
    subnetId,
    sha256: sha256Hex,
    openSecrets: (part) => {
      try {
        return openSecrets(part, (name) => expected.sealed(name), sealing);
      } catch (error) {
        expected.askWhole(['containers']);
        throw error;
      }
    },
  });
  return effectors(containers, sectionEffectors(node));
}

function nodeObserver(node: Node, monitor: HealthMonitor, connections: Map<string, number | null>) {
  const { podman, images, wake } = node.podmanSide;
  const processes = new Processes(processExists, clock);
  const { subnetId } = node.membership;
  const { publicKey } = node.identity.keys.wireguard;
  const observeDns = createObserveDns(createAskServer(timers, random), readDnsFile(node.dnsFile));
  const { ledger } = node.memory;
  const watch = { podman, images, ledger, clock, bootId: node.bootId, processes, monitor, openConnections, connections };
  timers.every(PROCESSES_LOOK_MS, () => processes.someMissing() && wake.ring());
  return observer(
    {
      containers: (expected) => watchContainers(watch, expected),
      dns: () => observeDns(subnetId),
      traefik: (expected) => Promise.resolve(observeTraefik(expected?.traefik)),
      wireguard: (_, signal) => observeWireguard(wireguardPorts, { subnetId, publicKey }, signal),
    },
    clock,
    timers,
  );
}

function chores(node: Node, facts: { refresh: () => Promise<void>; diskPressure: () => boolean }) {
  const { state, membership, identity, podmanSide } = node;
  const collect = async (): Promise<void> => {
    const { expected, actual } = state.observation ?? {};
    if (expected?.containers === undefined || actual?.containers.observed !== true) return;
    const standing = actual.containers.value.containers.map((container) => container.image);
    const wanted = expected.containers.parts.map((part) => part.image);
    await podmanSide.collection.collect(new Set([...standing, ...wanted]), facts.diskPressure());
  };
  const rotate = async (): Promise<void> => {
    const { expected, actual } = state.observation ?? {};
    if (expected?.wireguard === undefined || actual?.wireguard.observed !== true) return;
    await rotateEndpoints(wireguardPorts, expected.wireguard.parts, actual.wireguard.value.peers);
  };
  const leave = async (): Promise<void> => {
    const containers = state.observation?.actual.containers;
    if (containers?.observed !== true || containers.value.containers.length > 0) return;
    await leaveMesh(wireguardPorts, identity.keys.wireguard);
    await removeFirewall(runProgram);
  };
  const member = (run: () => Promise<unknown>) => () => (state.removed ? Promise.resolve() : run());
  return [
    { name: 'resources', everyMs: 5_000, run: facts.refresh },
    { name: 'firewall', everyMs: 10_000, run: member(() => said(ensureFirewall(runProgram))) },
    { name: 'resolver', everyMs: 10_000, run: member(() => ensureResolved(runProgram, membership.subnetId)) },
    { name: 'endpoints', everyMs: 5_000, run: member(rotate) },
    { name: 'images', everyMs: 600_000, run: collect },
    { name: 'leaving', everyMs: 1_000, run: () => (state.removed ? leave() : Promise.resolve()) },
  ];
}

async function said(outcome: ReturnType<typeof ensureFirewall>): Promise<void> {
  const ended = await outcome;
  if (ended.outcome !== 'done') throw new Error(ended.message);
}

/** Runs until the signal aborts. Containers, tunnels and names stay as they are. */
export async function runAgent(node: Node, controlPlane: ControlPlane, signal: AbortSignal): Promise<void> {
  const { log, state, memory, membership, paths, podmanSide } = node;
  const { expected, ledger } = memory;
  const { podman, wake } = podmanSide;
  const connections = new Map<string, number | null>();
  const facts = reportFacts(node, controlPlane, connections);
  const removed = (): void => {
    if (state.removed) return;
    state.removed = true;
    log.warn(`this server was removed from the cluster: what runs here is stopped, and the mesh is left`);
    void expected.expectNothing().then(wake.ring);
  };
  const changed = (): void => heartbeat.changed();
  const probe = probeWith(podman);
  const logLines = (id: string) => podman.lastLogLines(id, 20);
  const monitor = new HealthMonitor({ probe, logLines, ledger, clock, timers, changed, wake: wake.ring });
  const heartbeat: Heartbeat = new Heartbeat({
    timers,
    controlPlane,
    compose: () => renderReport(state, facts.now()),
    resend: (sections) => expected.askWhole(sections),
    removed,
    composed: (report, receivedAt) => void writeStatus(paths.status, facts.status(report, receivedAt)).catch(() => undefined),
    clock,
    silent: () => state.removed,
    log,
  });
  const poller = new Poller({ clock, timers, controlPlane, expected, log, wake: wake.ring, removed });
  const loop = new Loop({
    clock,
    timers,
    sha256: sha256Hex,
    state,
    expected,
    poller,
    wake,
    effectors: nodeEffectors(node),
    observe: nodeObserver(node, monitor, connections),
    heartbeat,
    commitPoint: () => Promise.resolve(),
    log,
  });
  await facts.refresh();
  heartbeat.start(signal);
  log.info(`running as ${membership.name} (${membership.serverId})`);
  await Promise.all([
    loop.run(signal),
    followEvents({ podman, clock, timers, wake: wake.ring, log }, signal),
    upkeep(chores(node, facts), { clock, timers, log }, signal),
  ]);
  monitor.stop();
  await ledger.save();
}
