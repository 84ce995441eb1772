/** Podman's twin in memory: containers, images, a network, events, and the ways in which the real one misbehaves. */
import type { RegistryAccess } from '@techulus/contract';
import type { Clock } from '@techulus/ports';
import {
  type CreateOptions,
  type ExecResult,
  LABELS,
  type Podman,
  type PodmanContainer,
  type PodmanNetwork,
} from '../podman/podman.ts';

interface Container {
  readonly id: string;
  readonly name: string;
  readonly options: CreateOptions;
  state: 'created' | 'running' | 'exited';
  exitCode: number;
  startedAt: number;
  exitedAt: number;
  pid: number;
}

export class MemoryPodman implements Podman {
  readonly containers = new Map<string, Container>();
  /** On this machine. */
  readonly images = new Set<string>();
  /** What the registries have. */
  readonly registry = new Set<string>();
  readonly networks = new Map<string, PodmanNetwork>();
  /** Every call that changes something, in order. */
  readonly calls: string[] = [];
  /** Images whose containers ignore SIGTERM. */
  readonly deaf = new Set<string>();
  /** Images whose containers end with this code as soon as they are started. */
  readonly crashing = new Map<string, number>();
  /** Nothing is answered any more. */
  hung = false;
  /** A pull takes so long as this promise. */
  pulls: Promise<void> = Promise.resolve();
  /** Names of calls that fail with this message. */
  readonly failing = new Map<string, string>();
  private readonly listeners = new Set<() => void>();
  private readonly clock: Clock;
  private count = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** What every call goes through. */
  private async call(name: string, detail = ''): Promise<void> {
    if (this.hung) await new Promise<never>(() => undefined);
    if (detail !== '') this.calls.push(`${name} ${detail}`);
    const failure = this.failing.get(name);
    if (failure !== undefined) throw new Error(failure);
  }

  private event(): void {
    for (const listener of this.listeners) listener();
  }

  private get(id: string): Container {
    const container = this.containers.get(id);
    if (container === undefined) throw new Error(`no such container: ${id}`);
    return container;
  }

  deploymentOf(id: string): string {
    return this.containers.get(id)?.options.Labels[LABELS.deployment] ?? id;
  }

  byDeployment(deploymentId: string): Container | undefined {
    return [...this.containers.values()].find(
      (container) => container.options.Labels[LABELS.deployment] === deploymentId,
    );
  }

  /** The container's process ends. */
  end(id: string, exitCode: number): void {
    const container = this.get(id);
    Object.assign(container, { state: 'exited', exitCode, exitedAt: this.clock.now(), pid: 0 });
    this.event();
  }

  processExists = (pid: number): boolean =>
    [...this.containers.values()].some((container) => container.pid === pid && pid > 0);

  async version(): Promise<string> {
    await this.call('version');
    return '4.3.1';
  }

  async listOurs(): Promise<PodmanContainer[]> {
    await this.call('list');
    return [...this.containers.values()]
      .filter((container) => LABELS.deployment in container.options.Labels)
      .map(({ id, options, state, exitCode, startedAt, exitedAt, pid }) => ({
        id,
        labels: options.Labels,
        state,
        exitCode,
        startedAt,
        exitedAt,
        pid,
      }));
  }

  async create(options: CreateOptions): Promise<string> {
    await this.call('create', options.Labels[LABELS.deployment] ?? options.name);
    if (!this.images.has(options.Image)) throw new Error(`no such image: ${options.Image}: image not known`);
    const id = `c${(this.count += 1)}`;
    this.containers.set(id, {
      id,
      name: options.name,
      options,
      state: 'created',
      exitCode: 0,
      startedAt: 0,
      exitedAt: 0,
      pid: 0,
    });
    return id;
  }

  async start(id: string): Promise<void> {
    await this.call('start', this.deploymentOf(id));
    const container = this.get(id);
    Object.assign(container, { state: 'running', startedAt: this.clock.now(), pid: 1000 + (this.count += 1) });
    this.event();
    const code = this.crashing.get(container.options.Image);
    if (code !== undefined) this.end(id, code);
  }

  async kill(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.call(signal, this.deploymentOf(id));
    const container = this.containers.get(id);
    if (container?.state !== 'running') return;
    if (signal === 'SIGTERM' && this.deaf.has(container.options.Image)) return;
    this.end(id, signal === 'SIGTERM' ? 0 : 137);
  }

  async remove(id: string): Promise<void> {
    await this.call('remove', this.deploymentOf(id));
    this.containers.delete(id);
    this.event();
  }

  async lastLogLines(id: string): Promise<string[]> {
    await this.call('logs');
    return [`the last words of ${this.deploymentOf(id)}`];
  }

  async exec(): Promise<ExecResult> {
    await this.call('exec');
    return { exitCode: 0, output: '' };
  }

  async hasImage(reference: string): Promise<boolean> {
    await this.call('image');
    return this.images.has(reference);
  }

  async pull(reference: string, _access: RegistryAccess | null): Promise<void> {
    await this.call('pull', reference);
    await this.pulls;
    if (!this.registry.has(reference)) throw new Error(`reading manifest: manifest unknown: manifest unknown`);
    this.images.add(reference);
  }

  async removeImage(reference: string): Promise<void> {
    await this.call('remove image', reference);
    this.images.delete(reference);
  }

  async network(name: string): Promise<PodmanNetwork | null> {
    await this.call('network');
    return this.networks.get(name) ?? null;
  }

  async createNetwork(network: PodmanNetwork): Promise<void> {
    await this.call('create network', network.name);
    this.networks.set(network.name, network);
  }

  async removeNetwork(name: string): Promise<void> {
    await this.call('remove network', name);
    this.networks.delete(name);
  }

  follow(onEvent: () => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.listeners.add(onEvent);
      signal.addEventListener('abort', () => {
        this.listeners.delete(onEvent);
        resolve();
      });
    });
  }
}
