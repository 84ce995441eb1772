/** A machine's Podman: the agent's own twin in memory, with the delays, failures and refusals of the real one. */
import type { RegistryAccess } from '@techulus/contract';
import { MemoryPodman } from '@techulus/agent/testing/memory-podman.ts';
import {
  type CreateOptions,
  type ExecResult,
  LABELS,
  NETWORK,
  type Podman,
  type PodmanContainer,
  type PodmanNetwork,
} from '@techulus/agent/podman/podman.ts';
import { sleep } from '@techulus/ports';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { behaviourOf } from './images.ts';

export type PodmanMood = 'well' | 'slow' | 'failing' | 'hanging' | 'stale';

/** Signals and removals, as they reach a container. */
export type OnSignal = (containerId: string, what: 'SIGTERM' | 'SIGKILL' | 'remove') => void;

export class SimulatedPodman implements Podman {
  readonly inner: MemoryPodman;
  onSignal: OnSignal = () => undefined;
  onChange: () => void = () => undefined;
  /** Images that the registry does not have for now. */
  missing: Pick<ReadonlySet<string>, 'has'> = new Set<string>();
  readonly foreign: string[] = [];
  private mood: PodmanMood = 'well';
  private resumed: (() => void)[] = [];
  private lastList: readonly PodmanContainer[] = [];
  private readonly clock: VirtualClock;
  private readonly random: SeededRandom;

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.clock = clock;
    this.random = random;
    this.inner = new MemoryPodman(clock);
  }

  /** Somebody else's container, which must be left alone. */
  async runForeign(): Promise<void> {
    this.inner.images.add('docker.io/foreign:1');
    const options = { name: 'foreign', Image: 'docker.io/foreign:1', Labels: {} } as unknown as CreateOptions;
    const id = await this.inner.create(options);
    await this.inner.start(id);
    this.foreign.push(id);
  }

  be(mood: PodmanMood): void {
    this.mood = mood;
    if (mood === 'hanging') return;
    const { resumed } = this;
    this.resumed = [];
    for (const resume of resumed) resume();
  }

  get isUnwell(): boolean {
    return this.mood !== 'well';
  }

  private delay(): number {
    if (this.mood === 'slow') return this.random.between(200, 4_000);
    return this.random.chance(0.1) ? this.random.between(10, 120) : this.random.between(0, 5);
  }

  /** What a call goes through: it may wait, hang, fail before it did anything, or after. */
  private async call<T>(run: () => Promise<T>): Promise<T> {
    await sleep(this.clock, this.delay());
    while (this.mood === 'hanging') await new Promise<void>((resume) => this.resumed.push(resume));
    const fails = this.mood === 'failing' && this.random.chance(0.4);
    if (fails && this.random.chance(0.5)) throw new Error('podman: connection reset');
    const result = await run();
    this.onChange();
    if (fails) throw new Error('podman: unexpected end of the answer');
    return result;
  }

  version(): Promise<string> {
    return this.call(() => this.inner.version());
  }

  async listOurs(): Promise<readonly PodmanContainer[]> {
    if (this.mood === 'stale' && this.random.chance(0.5)) return this.call(() => Promise.resolve(this.lastList));
    this.lastList = await this.call(() => this.inner.listOurs());
    return this.lastList;
  }

  create(options: CreateOptions): Promise<string> {
    return this.call(() => {
      const same = [...this.inner.containers.values()].some((container) => container.name === options.name);
      if (same) throw new Error(`the container name "${options.name}" is already in use`);
      return this.inner.create(options);
    });
  }

  start(id: string): Promise<void> {
    return this.call(async () => {
      const container = this.inner.containers.get(id);
      const address = container === undefined ? undefined : addressOf(container.options);
      const holder = [...this.inner.containers.values()].find(
        (other) => other.id !== id && other.state === 'running' && addressOf(other.options) === address,
      );
      if (address !== undefined && holder !== undefined)
        throw new Error(`requested ip address ${address} is already allocated`);
      await this.inner.start(id);
    });
  }

  kill(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    return this.call(() => {
      this.onSignal(id, signal);
      return this.inner.kill(id, signal);
    });
  }

  remove(id: string): Promise<void> {
    return this.call(() => {
      this.onSignal(id, 'remove');
      return this.inner.remove(id);
    });
  }

  lastLogLines(id: string): Promise<string[]> {
    return this.call(() => this.inner.lastLogLines(id));
  }

  exec(): Promise<ExecResult> {
    return this.call(() => this.inner.exec());
  }

  hasImage(reference: string): Promise<boolean> {
    return this.call(() => this.inner.hasImage(reference));
  }

  pull(reference: string, access: RegistryAccess | null): Promise<void> {
    return this.call(async () => {
      await sleep(this.clock, behaviourOf(reference).pullMs + this.random.between(0, 400));
      const there = behaviourOf(reference).exists && !this.missing.has(reference);
      if (there) this.inner.registry.add(reference);
      else this.inner.registry.delete(reference);
      await this.inner.pull(reference, access);
      const code = behaviourOf(reference).exits;
      if (code !== null) this.inner.crashing.set(reference, code);
      if (behaviourOf(reference).deaf) this.inner.deaf.add(reference);
    });
  }

  removeImage(reference: string): Promise<void> {
    return this.call(() => this.inner.removeImage(reference));
  }

  network(name: string): Promise<PodmanNetwork | null> {
    return this.call(() => this.inner.network(name));
  }

  createNetwork(network: PodmanNetwork): Promise<void> {
    return this.call(() => this.inner.createNetwork(network));
  }

  removeNetwork(name: string): Promise<void> {
    return this.call(() => this.inner.removeNetwork(name));
  }

  follow(onEvent: () => void, signal: AbortSignal): Promise<void> {
    return this.inner.follow(onEvent, signal);
  }

  processExists = (pid: number): boolean => this.inner.processExists(pid);

  /** Containers of ours, as they really are. */
  ours(): { id: string; deploymentId: string; address: string; image: string; running: boolean; startedAt: number }[] {
    return [...this.inner.containers.values()].flatMap(({ id, options, state, startedAt }) => {
      const deploymentId = options.Labels[LABELS.deployment];
      if (deploymentId === undefined) return [];
      const running = state === 'running';
      return [{ id, deploymentId, address: addressOf(options) ?? '', image: options.Image, running, startedAt }];
    });
  }

  /** The machine goes down and comes up: nothing runs. */
  powerCut(): void {
    for (const container of this.inner.containers.values()) {
      if (container.state !== 'running' || this.foreign.includes(container.id)) continue;
      Object.assign(container, { state: 'exited', exitCode: 137, pid: 0, exitedAt: this.clock.now() });
    }
    this.onChange();
  }
}

function addressOf(options: CreateOptions): string | undefined {
  return options.NetworkingConfig?.EndpointsConfig[NETWORK]?.IPAMConfig.IPv4Address;
}
