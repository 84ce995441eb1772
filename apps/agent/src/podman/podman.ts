/** What the agent asks of Podman. dockerode-podman.ts is the real one, testing/memory-podman.ts a twin in memory. */
import type { RegistryAccess } from '@techulus/contract';

export const LABELS = {
  deployment: 'techulus.deployment.id',
  service: 'techulus.service.id',
  serviceName: 'techulus.service.name',
  server: 'techulus.server.id',
  image: 'techulus.image',
  specHash: 'techulus.spec.hash',
  stopTimeout: 'techulus.stop.timeout',
  address: 'techulus.address',
  log: 'techulus.log',
} as const;

export const NETWORK = 'techulus';

/** A container that carries our deployment label. */
export interface PodmanContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As Podman says it: created, configured, running, exited, stopped, paused, stopping, removing, … */
  readonly state: string;
  readonly exitCode: number;
  /** Milliseconds since the epoch; 0 if never. */
  readonly startedAt: number;
  readonly exitedAt: number;
  /** 0 when it does not run. */
  readonly pid: number;
}

export interface PodmanNetwork {
  readonly name: string;
  readonly bridge: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly mtu: number;
  /** Ours carries the server's id. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The fields of Docker's container creation that we use; equal parts render equal options. */
export interface CreateOptions {
  readonly name: string;
  readonly Image: string;
  readonly Cmd?: string[];
  readonly Env: string[];
  readonly Labels: Record<string, string>;
  readonly StopTimeout: number;
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly Dns: string[];
    readonly DnsSearch: string[];
    readonly RestartPolicy: { readonly Name: 'no' };
    readonly LogConfig: { readonly Type: 'k8s-file'; readonly Config: Record<string, string> };
    readonly Memory?: number;
    readonly NanoCpus?: number;
  };
  readonly NetworkingConfig: {
    readonly EndpointsConfig: Record<
      string,
      { readonly IPAMConfig: { readonly IPv4Address: string }; readonly MacAddress: string }
    >;
  };
}

export interface ExecResult {
  readonly exitCode: number;
  readonly output: string;
}

export interface Podman {
  version(): Promise<string>;
  listOurs(): Promise<readonly PodmanContainer[]>;
  create(options: CreateOptions): Promise<string>;
  start(id: string): Promise<void>;
  /** Sends the signal and returns; one that no longer runs or exists is fine. */
  kill(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Running or not; one that no longer exists is fine. */
  remove(id: string): Promise<void>;
  lastLogLines(id: string, count: number): Promise<readonly string[]>;
  exec(id: string, command: readonly string[], signal: AbortSignal): Promise<ExecResult>;
  hasImage(reference: string): Promise<boolean>;
  /** Throws with the registry's words. */
  pull(reference: string, access: RegistryAccess | null, signal: AbortSignal): Promise<void>;
  /** One that is gone is fine; one in use throws. */
  removeImage(reference: string): Promise<void>;
  network(name: string): Promise<PodmanNetwork | null>;
  createNetwork(network: PodmanNetwork): Promise<void>;
  removeNetwork(name: string): Promise<void>;
  /** Calls for each event of a container of ours; resolves when the stream ends. */
  follow(onEvent: () => void, signal: AbortSignal): Promise<void>;
}
