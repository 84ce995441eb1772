/** A deployment's part as what Podman is told to create. Pure: equal parts, equal options. */
import type { DeploymentPart } from '@techulus/contract';
import { containerSpecHash } from '@techulus/reconcile';
import { type CreateOptions, LABELS, NETWORK, type PodmanNetwork } from './podman.ts';

const LOG_SIZE = '10m';
/** That of wg0: what leaves for another server is not fragmented. */
const MTU = 1420;
const BRIDGE = 'techulus0';

export function gatewayOf(subnetId: number): string {
  return `10.200.${subnetId}.1`;
}

export function renderNetwork(serverId: string, subnetId: number): PodmanNetwork {
  return {
    name: NETWORK,
    bridge: BRIDGE,
    subnet: `10.200.${subnetId}.0/24`,
    gateway: gatewayOf(subnetId),
    mtu: MTU,
    labels: { [LABELS.server]: serverId },
  };
}

export interface RenderContext {
  readonly serverId: string;
  readonly subnetId: number;
  /** The opened secrets, by the environment variable that gets them. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly sha256: (text: string) => string;
}

function labels(part: DeploymentPart, context: RenderContext): Record<string, string> {
  return {
    [LABELS.deployment]: part.key,
    [LABELS.service]: part.serviceId,
    [LABELS.serviceName]: part.serviceName,
    [LABELS.server]: context.serverId,
    [LABELS.image]: part.image,
    [LABELS.specHash]: containerSpecHash(part, context.sha256),
    [LABELS.stopTimeout]: String(part.stopTimeoutSeconds),
    [LABELS.address]: part.address,
    [LABELS.log]: LOG_SIZE,
  };
}

function limits({ memoryMb, cpus }: DeploymentPart['resources']): { Memory?: number; NanoCpus?: number } {
  return {
    ...(memoryMb == null ? {} : { Memory: memoryMb * 1024 * 1024 }),
    ...(cpus == null ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
  };
}

export function renderContainer(part: DeploymentPart, context: RenderContext): CreateOptions {
  const env = Object.entries({ ...part.env, ...context.secrets }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const address = { IPAMConfig: { IPv4Address: part.address }, MacAddress: part.mac };
  return {
    name: `${part.serviceName}-${part.key}`,
    Image: part.image,
    ...(part.command == null ? {} : { Cmd: part.command }),
    Env: env.map(([name, value]) => `${name}=${value}`),
    Labels: labels(part, context),
    StopTimeout: part.stopTimeoutSeconds,
    HostConfig: {
      NetworkMode: NETWORK,
      Dns: [gatewayOf(context.subnetId)],
      // A dot alone: none of the host's search domains.
      DnsSearch: ['.'],
      // The agent restarts: with a backoff, and only what is still expected.
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'k8s-file', Config: { 'max-size': LOG_SIZE } },
      ...limits(part.resources),
    },
    NetworkingConfig: { EndpointsConfig: { [NETWORK]: address } },
  };
}
