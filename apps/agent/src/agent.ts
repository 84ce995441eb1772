/**
 * The agent over its ports: loop, polls, heartbeat, health and Podman's events, wired. compose.ts gives it the real world,
 * testing/ one in memory; both run this very code.
 */
import type { StatusReport } from '@techulus/contract';
import type { Clock, Timers } from '@techulus/ports';
import type { AgentState } from './agent-state.ts';
import { effectors, type SectionEffectors } from './effectors.ts';
import type { ExpectedStore } from './expected-store.ts';
import { HealthMonitor } from './health/monitor.ts';
import type { Probe } from './health/probe.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Log } from './log.ts';
import { Loop } from './loop.ts';
import { observer, type Observers } from './observe.ts';
import { containerEffectors, type ContainerEffectorsParts } from './podman/apply.ts';
import { followEvents } from './podman/events.ts';
import type { Images } from './podman/images.ts';
import type { LedgerBook } from './podman/ledger-book.ts';
import type { Podman } from './podman/podman.ts';
import { Processes } from './podman/processes.ts';
import { Poller } from './poller.ts';
import type { CommitPoint, ControlPlane } from './ports.ts';
import { renderReport, type ReportFacts } from './report.ts';
import { watchContainers } from './watch-containers.ts';
import type { Wake } from './wake.ts';

const PROCESSES_LOOK_MS = 500;
const LOG_LINES = 20;

/** What a server is made of; everything that touches the world is an argument. */
export interface AgentWorld {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sha256: (text: string) => string;
  readonly log: Log;
  readonly commitPoint: CommitPoint;
  readonly serverId: string;
  readonly subnetId: number;
  readonly bootId: string;
  readonly state: AgentState;
  readonly wake: Wake;
  readonly podman: Podman;
  readonly images: Images;
  readonly ledger: LedgerBook;
  readonly expected: ExpectedStore;
  readonly controlPlane: ControlPlane;
  readonly openSecrets: ContainerEffectorsParts['openSecrets'];
  readonly observeSections: Pick<Observers, 'dns' | 'traefik' | 'wireguard'>;
  readonly applySections: SectionEffectors;
  readonly probe: Probe;
  readonly processExists: (pid: number) => boolean;
  readonly openConnections: (pid: number, address: string) => Promise<number | null>;
  readonly facts: () => Pick<ReportFacts, 'resources' | 'versions' | 'publicAddress' | 'endpoints'>;
  /** Each report, received or not, and when the control plane last received one. */
  readonly composed: (report: StatusReport, lastReceivedAt: number | null) => void;
}

function watching(
  world: AgentWorld,
  monitor: HealthMonitor,
  connections: Map<string, number | null>,
  signal: AbortSignal,
) {
  const { podman, images, ledger, clock, timers, bootId, openConnections, wake } = world;
  const processes = new Processes(world.processExists, clock);
  const timer = timers.every(PROCESSES_LOOK_MS, () => {
    if (processes.someMissing()) wake.ring();
  });
  signal.addEventListener('abort', () => timer.cancel(), { once: true });
  const parts = { podman, images, ledger, clock, bootId, processes, monitor, openConnections, connections };
  return observer(
    { ...world.observeSections, containers: (expected) => watchContainers(parts, expected) },
    clock,
    timers,
  );
}

interface Told {
  readonly removed: () => void;
  readonly recovered: () => void;
}

function reporting(world: AgentWorld, connections: ReadonlyMap<string, number | null>, told: Told): Heartbeat {
  const { clock, timers, controlPlane, expected, ledger, log, state, composed } = world;
  return new Heartbeat({
    clock,
    timers,
    controlPlane,
    log,
    ...told,
    composed,
    compose: () => {
      const own = { now: clock.monotonic(), clockOffsetMs: controlPlane.clockOffsetMs(), connections };
      return renderReport(state, { ...world.facts(), ...own, ledger: (containerId) => ledger.of(containerId) });
    },
    resend: (sections) => expected.askWhole(sections),
    silent: () => state.removed,
  });
}

/** Runs until the signal aborts. Containers, tunnels and names stay as they are. */
export async function runAgent(world: AgentWorld, signal: AbortSignal): Promise<void> {
  const { clock, timers, sha256, log, state, expected, wake, podman, ledger, probe, controlPlane, commitPoint } = world;
  const removed = (): void => {
    if (state.removed) return;
    state.removed = true;
    log.warn('this server was removed from the cluster: what runs here is stopped, and the mesh is left');
    void expected.expectNothing().then(wake.ring);
  };
  const connections = new Map<string, number | null>();
  const heartbeat = reporting(world, connections, { removed, recovered: () => poller.renew() });
  const changed = (): void => heartbeat.changed();
  const logLines = (id: string): Promise<readonly string[]> => podman.lastLogLines(id, LOG_LINES);
  const monitor = new HealthMonitor({ probe, logLines, ledger, clock, timers, changed, wake: wake.ring });
  const observe = watching(world, monitor, connections, signal);
  const poller = new Poller({ clock, timers, controlPlane, expected, log, wake: wake.ring, removed });
  const all = effectors(containerEffectors(world), world.applySections);
  const loop = new Loop({
    clock,
    timers,
    sha256,
    state,
    expected,
    poller,
    wake,
    effectors: all,
    observe,
    heartbeat,
    commitPoint,
    log,
  });
  heartbeat.start(signal);
  await Promise.all([loop.run(signal), followEvents({ podman, clock, timers, wake: wake.ring, log }, signal)]);
  monitor.stop();
  await ledger.save();
}
