/**
 * Podman through dockerode on its socket. Where Docker's API says too little (process ids in the list, networks without
 * DNS, registries without TLS) Podman's own is called over the same connection.
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import type { RegistryAccess } from '@techulus/contract';
import { withoutAddress } from '../dns-server/own-address.ts';
import { demultiplex } from './demultiplex.ts';
import { callLibpod, isGone, LIBPOD_LABEL_FILTER, type LibpodContainer, type LibpodNetwork } from './libpod.ts';
import {
  type CreateOptions,
  type ExecResult,
  LABELS,
  type Podman,
  type PodmanContainer,
  type PodmanNetwork,
} from './podman.ts';
import { readPull } from './read-pull.ts';

const TIMEOUT_MS = 30_000;

const CHANGES = new Set(['create', 'start', 'died', 'die', 'remove', 'pause', 'unpause', 'init', 'cleanup']);

/** An event that changes a container of ours; our own checks inside containers (exec) are not. */
function concernsUs(line: string): boolean {
  if (!line.includes(LABELS.deployment)) return false;
  const { Action, Status, status } = JSON.parse(line) as { Action?: string; Status?: string; status?: string };
  return CHANGES.has(Action ?? Status ?? status ?? '');
}

/** Go's zero time and "never" are negative. */
function millis(seconds: number): number {
  return seconds > 0 ? seconds * 1000 : 0;
}

function asContainer(raw: LibpodContainer): PodmanContainer {
  return {
    id: raw.Id,
    labels: raw.Labels ?? {},
    state: raw.State,
    exitCode: raw.ExitCode,
    startedAt: millis(raw.StartedAt),
    exitedAt: millis(raw.ExitedAt),
    pid: raw.Pid,
  };
}

function asNetwork(raw: LibpodNetwork): PodmanNetwork {
  const subnet = raw.subnets?.[0];
  return {
    name: raw.name,
    bridge: raw.network_interface ?? '',
    subnet: subnet?.subnet ?? '',
    gateway: subnet?.gateway ?? '',
    mtu: Number(raw.options?.['mtu'] ?? 0),
    labels: raw.labels ?? {},
  };
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as Readable) chunks.push(Buffer.from(chunk as Uint8Array));
  return demultiplex(Buffer.concat(chunks));
}

export class DockerodePodman implements Podman {
  /** A hung Podman fails these instead of holding them for good. */
  private readonly quick: Docker;
  /** For pulls and events, which may be silent for long. */
  private readonly patient: Docker;

  constructor(socketPath: string) {
    this.quick = new Docker({ socketPath, timeout: TIMEOUT_MS });
    this.patient = new Docker({ socketPath });
  }

  async version(): Promise<string> {
    return (await this.quick.version()).Version;
  }

  async listOurs(): Promise<PodmanContainer[]> {
    const options = { all: 'true', filters: LIBPOD_LABEL_FILTER };
    const raw = await callLibpod<LibpodContainer[]>(this.quick, 'GET', '/containers/json', options);
    // Asked for by label, and looked at again: what is not labelled ours is never touched.
    return raw.map(asContainer).filter((container) => LABELS.deployment in container.labels);
  }

  /** Only the name into the query: dockerode by itself repeats all options there, and Podman's access log keeps queries. */
  async create({ name, ...body }: CreateOptions): Promise<string> {
    const parted = { _query: { name }, _body: body };
    return (await this.quick.createContainer(parted as Docker.ContainerCreateOptions)).id;
  }

  async start(id: string): Promise<void> {
    await this.quick.getContainer(id).start();
  }

  async kill(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    try {
      await this.quick.getContainer(id).kill({ signal });
    } catch (error) {
      if (isGone(error) || /can only kill running containers/.test(String(error))) return;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    const remove = (): Promise<unknown> => this.quick.getContainer(id).remove({ force: true, v: true });
    try {
      // After a kill -9 of container and conmon the first attempt fails and frees nothing, the second does.
      await remove().catch((error: unknown) => (isGone(error) ? undefined : remove()));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async lastLogLines(id: string, count: number): Promise<string[]> {
    const raw = await this.quick.getContainer(id).logs({ stdout: true, stderr: true, tail: count, follow: false });
    const lines = demultiplex(raw)
      .split('\n')
      .filter((line) => line !== '');
    return lines.slice(-count).map((line) => line.slice(0, 1000));
  }

  async exec(id: string, command: readonly string[], signal: AbortSignal): Promise<ExecResult> {
    const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal: signal };
    const exec = await this.patient.getContainer(id).exec(options);
    const output = await text(await exec.start({ abortSignal: signal }));
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, output };
  }

  async hasImage(reference: string): Promise<boolean> {
    try {
      await this.quick.getImage(reference).inspect();
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async pull(reference: string, access: RegistryAccess | null, signal: AbortSignal): Promise<void> {
    const { username, password, plainHttp } = access ?? { username: null, password: null, plainHttp: false };
    const stream = await callLibpod<Readable>(
      this.patient,
      'POST',
      '/images/pull',
      {
        reference,
        ...(plainHttp ? { tlsVerify: 'false' } : {}),
      },
      { isStream: true, signal, ...(username === null ? {} : { auth: { username, password: password ?? '' } }) },
    );
    await readPull(stream);
  }

  async removeImage(reference: string): Promise<void> {
    try {
      await this.quick.getImage(reference).remove();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async network(name: string): Promise<PodmanNetwork | null> {
    try {
      return asNetwork(await callLibpod<LibpodNetwork>(this.quick, 'GET', `/networks/${name}/json`));
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  async createNetwork({ name, bridge, subnet, gateway, mtu, labels }: PodmanNetwork): Promise<void> {
    const options = {
      name,
      driver: 'bridge',
      network_interface: bridge,
      subnets: [{ subnet, gateway }],
      dns_enabled: false,
      options: { mtu: String(mtu) },
      labels,
    };
    await withoutAddress(gateway, () => callLibpod(this.quick, 'POST', '/networks/create', options));
  }

  async removeNetwork(name: string): Promise<void> {
    await this.quick.getNetwork(name).remove();
  }

  async follow(onEvent: () => void, signal: AbortSignal): Promise<void> {
    const filters = JSON.stringify({ type: ['container'] });
    const stream = await callLibpod<Readable>(
      this.patient,
      'GET',
      '/events',
      { stream: 'true', filters },
      { isStream: true, signal },
    );
    for await (const line of createInterface({ input: stream })) if (concernsUs(line)) onEvent();
  }
}
