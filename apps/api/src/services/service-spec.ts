/** From what an operator sent to what a revision holds: defaults filled in, secrets pinned by version. Pure. */
import {
  type ClusterState,
  type HealthCheckSpec,
  type Placement,
  type PortSpec,
  Refused,
  type RevisionSpec,
  secretNamed,
  type SecretUse,
  type Strategy,
} from '@techulus/domain';
import type { PinnedImage } from './images.ts';
import type { ChangeServiceBody } from './service.dto.ts';
import type { ServiceHealthCheck, ServicePlacement, ServiceStrategy } from './service-parts.dto.ts';

type Inside = Omit<ChangeServiceBody, 'replicas' | 'placement' | 'strategy' | 'drainSeconds'>;

export const NEW_SPEC: Omit<RevisionSpec, 'image' | 'digest' | 'digestError'> = {
  command: null,
  env: {},
  secrets: [],
  ports: [],
  resources: { memoryMb: null, cpus: null },
  healthCheck: null,
  stopTimeoutSeconds: 10,
};

const INSIDE = [
  'image',
  'command',
  'env',
  'secrets',
  'ports',
  'resources',
  'healthCheck',
  'stopTimeoutSeconds',
] as const;

export function changesInside(body: Inside): boolean {
  return INSIDE.some((name) => body[name] !== undefined);
}

function refuse(field: string, message: string): Refused {
  return new Refused('invalid', 'field_invalid', `${field} ${message}`, field);
}

function portsOf(ports: NonNullable<Inside['ports']>): PortSpec[] {
  const full = ports.map(({ port, protocol = 'tcp' }) => ({ port, protocol }));
  const names = full.map(({ port, protocol }) => `${port}/${protocol}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refuse('ports', `has ${twice} twice`);
  return full;
}

function requireField<T>(value: T | undefined, field: string, type: string): T {
  if (value === undefined) throw refuse(field, `is needed for a check of type ${type}`);
  return value;
}

/** Which fields a type of check has. Others are refused, so that nothing is silently without effect. */
const CHECK_FIELDS = { http: ['port', 'path'], tcp: ['port'], command: ['command'] } as const;

function refuseMeaningless(check: ServiceHealthCheck): void {
  const meant: readonly string[] = CHECK_FIELDS[check.type];
  for (const name of ['port', 'path', 'command'] as const) {
    if (check[name] === undefined || meant.includes(name)) continue;
    throw refuse(`healthCheck.${name}`, `has no meaning for a check of type ${check.type}`);
  }
}

function checkOf(check: ServiceHealthCheck, ports: readonly PortSpec[]): HealthCheckSpec {
  const { type, port, path = '/', command } = check;
  const { intervalSeconds = 5, timeoutSeconds = 3, retries = 3, startPeriodSeconds = 0 } = check;
  const times = { intervalSeconds, timeoutSeconds, retries, startPeriodSeconds };
  refuseMeaningless(check);
  if (type === 'command') return { type, command: requireField(command, 'healthCheck.command', type), ...times };
  const declared = ports.find(({ protocol }) => protocol === 'tcp')?.port;
  const asked = requireField(port ?? declared, 'healthCheck.port', type);
  return type === 'http' ? { type, port: asked, path, ...times } : { type, port: asked, ...times };
}

/** The names with the versions of now: a new revision takes what was last written. */
function secretsOf(
  cluster: ClusterState,
  wanted: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): SecretUse[] {
  return Object.entries(wanted)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([variable, name]) => {
      if (Object.hasOwn(env, variable)) throw refuse(`secrets.${variable}`, 'is set in env too; one of them must go');
      const secret = secretNamed(cluster, name);
      if (secret === undefined) throw refuse(`secrets.${variable}`, `names the secret ${name}, which does not exist`);
      return { env: variable, name, id: secret.id, version: secret.currentVersion };
    });
}

function orBefore<T>(value: T | undefined, before: T): T {
  return value === undefined ? before : value;
}

/** What was left out stays as it is. Secrets and check are made anew from both: a port or a version may have changed. */
export function specOf(cluster: ClusterState, before: typeof NEW_SPEC, body: Inside, image: PinnedImage): RevisionSpec {
  const env = orBefore(body.env, before.env);
  const ports = body.ports === undefined ? before.ports : portsOf(body.ports);
  const secrets = body.secrets ?? Object.fromEntries(before.secrets.map((use) => [use.env, use.name]));
  const check = orBefore(body.healthCheck, before.healthCheck);
  const { memoryMb = null, cpus = null } = orBefore(body.resources, before.resources);
  return {
    ...{ image: image.image, digest: image.digest, digestError: image.digestError },
    command: orBefore(body.command, before.command),
    env,
    secrets: secretsOf(cluster, secrets, env),
    ports,
    resources: { memoryMb, cpus },
    healthCheck: check === null ? null : checkOf(check, ports),
    stopTimeoutSeconds: orBefore(body.stopTimeoutSeconds, before.stopTimeoutSeconds),
  };
}

export function placementOf(cluster: ClusterState, placement: ServicePlacement): Placement {
  const { constraints = [], servers = [] } = placement;
  const unknown = servers.find((id) => cluster.servers.get(id)?.removed !== false);
  if (unknown !== undefined) throw refuse('placement.servers', `names ${unknown}, which is no server's id`);
  return { constraints, servers };
}

export function strategyOf(strategy: ServiceStrategy): Strategy {
  return { order: strategy.order ?? 'start-first', batch: strategy.batch ?? null };
}
