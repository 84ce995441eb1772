/** A whole server in memory: the agent that ships, over twins of everything that it touches. Its disk survives a restart. */
import type { DeploymentPart } from '@techulus/contract';
import { sha256Hex } from '@techulus/keys';
import { initialAgentState } from '../agent-state.ts';
import { type AgentWorld, runAgent } from '../agent.ts';
import { ExpectedStore, type StoredExpectedState } from '../expected-store.ts';
import { silentLog } from '../log.ts';
import { Images } from '../podman/images.ts';
import type { StoredLedger } from '../podman/ledger.ts';
import { LedgerBook } from '../podman/ledger-book.ts';
import type { CheckResult } from '../health/evolve.ts';
import { Wake } from '../wake.ts';
import { MemoryControlPlane } from './memory-control-plane.ts';
import { MemoryPodman } from './memory-podman.ts';
import { MemorySections } from './memory-sections.ts';
import { MemoryStore } from './memory-store.ts';
import { VirtualTime } from './virtual-time.ts';

const RESOURCES = {
  memoryTotalMb: 1024,
  memoryFreeMb: 512,
  cpus: 2,
  load1: 0,
  diskTotalMb: 10_000,
  diskFreeMb: 5_000,
  diskPressure: false,
};
const FACTS = {
  resources: RESOURCES,
  versions: { agent: 'test', podman: '4.3.1', kernel: 'test', os: 'test' },
  publicAddress: null,
  endpoints: [],
};

export class MemoryNode {
  readonly time = new VirtualTime();
  readonly podman = new MemoryPodman(this.time);
  readonly sections = new MemorySections();
  readonly controlPlane = new MemoryControlPlane('server-7', 7, sha256Hex, () => this.time.monotonic());
  readonly expectedFile = new MemoryStore<StoredExpectedState>();
  readonly ledgerFile = new MemoryStore<StoredLedger>();
  bootId = 'boot-1';
  /** What checks answer, by container address; healthy unless told otherwise. */
  readonly checks = new Map<string, CheckResult>();
  readonly connections = new Map<string, number>();
  state = initialAgentState();
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  private async world(): Promise<AgentWorld> {
    const { time, podman, sections, controlPlane } = this;
    const wake = new Wake(time);
    const expected = new ExpectedStore('server-7', sha256Hex, this.expectedFile);
    const ledger = new LedgerBook(this.ledgerFile, silentLog);
    await Promise.all([expected.load(), ledger.load()]);
    const nothing = (): Promise<void> => Promise.resolve();
    const images = new Images({
      podman,
      clock: time,
      timers: time,
      log: silentLog,
      wake: wake.ring,
      access: () => null,
      prepare: nothing,
      note: nothing,
    });
    return {
      clock: time,
      timers: time,
      sha256: sha256Hex,
      log: silentLog,
      commitPoint: nothing,
      serverId: 'server-7',
      subnetId: 7,
      bootId: this.bootId,
      state: this.state,
      wake,
      podman,
      images,
      ledger,
      expected,
      controlPlane,
      openSecrets: () => ({}),
      observeSections: sections.observe,
      applySections: sections.apply,
      probe: (_, { address }) => Promise.resolve(this.checks.get(address) ?? { ok: true }),
      processExists: podman.processExists,
      openConnections: (_, address) => Promise.resolve(this.connections.get(address) ?? 0),
      facts: () => FACTS,
      composed: () => undefined,
    };
  }

  async start(): Promise<void> {
    this.state = initialAgentState();
    this.stopping = new AbortController();
    this.running = runAgent(await this.world(), this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.time.advance(1_000);
    await this.running;
  }

  /** All containers stand still, as after a reboot of the machine. */
  reboot(): void {
    for (const container of this.podman.containers.values()) {
      if (container.state === 'running') Object.assign(container, { state: 'exited', exitCode: 0, pid: 0 });
    }
    this.bootId = `${this.bootId}+`;
  }
}

/** A deployment's part that needs nothing special. */
export function deployment(key: string, changes: Partial<DeploymentPart> = {}): DeploymentPart {
  const host = 10 + (key.codePointAt(key.length - 1) ?? 0);
  return {
    key,
    serviceId: 'service-1',
    serviceName: 'web',
    revision: 1,
    want: 'run',
    image: 'registry.test/web:1',
    digest: null,
    address: `10.200.7.${host}`,
    mac: `02:00:0a:c8:07:${host.toString(16).padStart(2, '0')}`,
    command: null,
    env: {},
    secrets: [],
    ports: [{ port: 8080, protocol: 'tcp' }],
    resources: { memoryMb: null, cpus: null },
    healthCheck: null,
    stopTimeoutSeconds: 10,
    registry: null,
    ...changes,
  };
}
