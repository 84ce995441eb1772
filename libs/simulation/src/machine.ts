/** A machine of the fleet: a disk, a Podman, a resolver, a tunnel, and the agent that ships on it, which can die at any step. */
import { initialAgentState } from '@techulus/agent/agent-state.ts';
import { type AgentWorld, runAgent } from '@techulus/agent/agent.ts';
import { ExpectedStore, type StoredExpectedState } from '@techulus/agent/expected-store.ts';
import { type Log, silentLog } from '@techulus/agent/log.ts';
import { openSecrets } from '@techulus/agent/open-sealed.ts';
import { Images } from '@techulus/agent/podman/images.ts';
import type { StoredLedger } from '@techulus/agent/podman/ledger.ts';
import { LedgerBook } from '@techulus/agent/podman/ledger-book.ts';
import { register } from '@techulus/agent/register.ts';
import type { AgentConfig, Identity, Membership } from '@techulus/agent/state/identity.ts';
import { Sequence, type StoredSequence } from '@techulus/agent/state/sequence.ts';
import { MemoryStore } from '@techulus/agent/testing/memory-store.ts';
import { Wake } from '@techulus/agent/wake.ts';
import { SignedControlPlane } from '@techulus/agent/wire/control-plane.ts';
import { sha256Hex } from '@techulus/keys';
import type { Clock } from '@techulus/ports';
import { behaviourOf } from './images.ts';
import { Link, type Reachable, transportOf } from './network.ts';
import { SimulatedPodman } from './podman.ts';
import { SimulatedProcess } from './process.ts';
import { SimulatedSections } from './sections.ts';
import type { SeededRandom } from './seeded-random.ts';
import { keyPairOf } from './system-keys.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface MachineParts {
  readonly name: string;
  readonly number: number;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly apis: ReadonlyMap<string, Reachable>;
  readonly urls: readonly string[];
  readonly note: (line: string) => void;
}

const RESOURCES = {
  memoryTotalMb: 4096,
  memoryFreeMb: 2048,
  cpus: 4,
  load1: 0,
  diskTotalMb: 10_000,
  diskFreeMb: 5_000,
  diskPressure: false,
};
const VERSIONS = { agent: 'simulated', podman: '4.3.1', kernel: 'simulated', os: 'simulated' };
const NEVER = new Promise<never>(() => undefined);

export class Machine {
  readonly name: string;
  readonly podman: SimulatedPodman;
  readonly sections: SimulatedSections;
  readonly link: Link;
  process: SimulatedProcess | null = null;
  state = initialAgentState();
  /** What this machine's clock is off by. */
  skewMs = 0;
  /** Its checks fail with this probability. */
  flapping = 0;
  /** The agent is killed when so many more points between steps have passed. */
  killAfter: number | null = null;
  onKilled: () => void = () => undefined;
  readonly disk = {
    identity: new MemoryStore<Identity>(),
    config: new MemoryStore<AgentConfig>(),
    expected: new MemoryStore<StoredExpectedState>(),
    ledger: new MemoryStore<StoredLedger>(),
    sequence: new MemoryStore<StoredSequence>(),
  };
  private boots = 1;
  private readonly drains = new Map<number, number>();
  private readonly parts: MachineParts;

  constructor(parts: MachineParts) {
    this.parts = parts;
    this.name = parts.name;
    const { clock, random } = parts;
    this.podman = new SimulatedPodman(clock, random.of('podman'));
    this.sections = new SimulatedSections(clock, random.of('sections'));
    this.link = new Link(random.of('link'));
  }

  get membership(): Membership | null {
    return this.disk.identity.value?.membership ?? null;
  }

  get serverId(): string {
    return this.membership?.serverId ?? '';
  }

  private clock(): Clock {
    const { clock } = this.parts;
    return { now: () => clock.now() + this.skewMs, monotonic: () => clock.monotonic() };
  }

  private begin(): SimulatedProcess {
    this.process = new SimulatedProcess(this.parts.clock);
    return this.process;
  }

  /** Joins with a token, trying until it is answered. */
  async register(token: string): Promise<void> {
    const { clock, random, apis, number, name, urls } = this.parts;
    this.kill();
    const process = this.begin();
    const keys = {
      signing: keyPairOf('ed25519', name),
      sealing: keyPairOf('x25519', `${name}/sealing`),
      wireguard: keyPairOf('x25519', `${name}/wireguard`),
    };
    this.disk.identity.value ??= { schema: 1, keys, membership: null };
    const facts = { hostname: name, os: 'Debian', kernel: '6.1', architecture: 'x64', cpus: 4, memoryMb: 4096 };
    const machine = { endpoints: () => [`192.0.2.${number}:51820`], facts: () => facts };
    const { identity, config } = this.disk;
    const transport = transportOf({ link: this.link, process, apis, clock });
    const parts = { identity, config, transport, machine, clock: this.clock(), random, log: silentLog };
    await register(parts, { token, url: urls[0] ?? '', isProxy: false });
    process.kill(); // that command has ended
  }

  private controlPlane(
    process: SimulatedProcess,
    member: Membership,
    sequence: Sequence,
    log: Log,
  ): SignedControlPlane {
    const { clock, random, apis, urls } = this.parts;
    return new SignedControlPlane({
      serverId: member.serverId,
      secret: () => member.secret ?? '',
      recover: () => log.warn('the secret would be asked for anew'),
      // Each begins with another one, as if they had joined at different times.
      urls: this.parts.number % 2 === 0 ? urls.toReversed() : urls,
      clock: this.clock(),
      random: random.of('nonces'),
      sequence,
      transport: transportOf({ link: this.link, process, apis, clock }),
      log,
      keepUrls: () => undefined,
    });
  }

  private log(process: SimulatedProcess): Log {
    const say = (message: string): void => {
      if (process.alive) this.parts.note(`${this.name}: ${message}`);
    };
    return { info: say, warn: say };
  }

  /** Between two actions, where it may be killed. */
  private async commitPoint(process: SimulatedProcess): Promise<void> {
    if (this.killAfter !== null) {
      this.killAfter -= 1;
      if (this.killAfter < 0) {
        this.killAfter = null;
        this.kill();
        this.onKilled();
      }
    }
    if (!process.alive) await NEVER;
  }

  private async memory(process: SimulatedProcess, serverId: string, log: Log) {
    const expected = new ExpectedStore(serverId, sha256Hex, process.port(this.disk.expected));
    const ledger = new LedgerBook(process.port(this.disk.ledger), log);
    const sequence = new Sequence(process.port(this.disk.sequence));
    await Promise.all([expected.load(), ledger.load(), sequence.load()]);
    return { expected, ledger, sequence };
  }

  private async world(process: SimulatedProcess, member: Membership): Promise<AgentWorld> {
    const clock = this.clock();
    const { timers } = process;
    const log = this.log(process);
    const { expected, ledger, sequence } = await this.memory(process, member.serverId, log);
    const podman = process.port(this.podman);
    const wake = new Wake(timers);
    const nothing = (): Promise<void> => Promise.resolve();
    const sealing = keyPairOf('x25519', `${this.name}/sealing`);
    return {
      clock,
      timers,
      sha256: sha256Hex,
      log,
      commitPoint: () => this.commitPoint(process),
      serverId: member.serverId,
      subnetId: member.subnetId,
      bootId: `boot-${this.boots}`,
      state: this.state,
      wake,
      podman,
      images: new Images({
        podman,
        clock,
        timers,
        log,
        wake: wake.ring,
        access: () => null,
        prepare: nothing,
        note: nothing,
      }),
      ledger,
      expected,
      controlPlane: this.controlPlane(process, member, sequence, log),
      openSecrets: (part) => openSecrets(part, (name) => expected.sealed(name), sealing),
      observeSections: this.sections.observe,
      applySections: this.sections.effectors(process),
      probe: (_, { containerId, runningMs }) => Promise.resolve(this.check(containerId, runningMs)),
      processExists: this.podman.processExists,
      openConnections: (pid) => Promise.resolve(this.connections(pid)),
      facts: () => ({
        resources: RESOURCES,
        versions: VERSIONS,
        publicAddress: null,
        endpoints: [`192.0.2.${this.parts.number}:51820`],
      }),
      composed: () => undefined,
    };
  }

  /** Those of the first seconds of a drain; now and then one that stays. */
  private connections(pid: number): number {
    const { clock } = this.parts;
    const since = this.drains.get(pid) ?? clock.monotonic();
    this.drains.set(pid, since);
    return clock.monotonic() - since < (pid % 5 === 0 ? 60_000 : 3_000) ? 1 : 0;
  }

  private check(containerId: string, runningMs: number): { ok: true } | { ok: false; message: string } {
    const container = this.podman.inner.containers.get(containerId);
    if (container?.state !== 'running') return { ok: false, message: 'nothing answers' };
    if (runningMs < behaviourOf(container.options.Image).healthyAfterMs) return { ok: false, message: 'answers 503' };
    return this.parts.random.chance(this.flapping) ? { ok: false, message: 'flaps' } : { ok: true };
  }

  /** The agent starts; its outcome is nobody's concern. */
  start(): void {
    const { membership } = this;
    if (membership === null || this.process?.alive === true) return;
    const process = this.begin();
    this.state = initialAgentState();
    const never = new AbortController();
    void this.world(process, membership).then((world) => runAgent(world, never.signal));
  }

  kill(): void {
    this.process?.kill();
  }

  reboot(): void {
    this.kill();
    this.boots += 1;
    this.podman.powerCut();
    this.sections.powerCut();
  }

  /** The disk with everything that the agent keeps, but for who it is. */
  loseState(): void {
    this.kill();
    this.disk.expected.value = null;
    this.disk.ledger.value = null;
    this.disk.sequence.value = null;
    this.sections.generations.length = 0;
  }
}
