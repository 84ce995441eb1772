/** How a replica's health is told: its own check, else TCP on the first port it declares, else staying alive. */
import type { DeploymentPart, HealthCheck } from '@techulus/contract';

export interface HealthRule {
  readonly probe:
    | { readonly type: 'http'; readonly port: number; readonly path: string }
    | { readonly type: 'tcp'; readonly port: number }
    | { readonly type: 'command'; readonly command: readonly string[] }
    /** Nothing to ask: it is healthy once it has run for so long. */
    | { readonly type: 'alive'; readonly forMs: number };
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

const ALIVE_MS = 5_000;
const DEFAULTS = { intervalSeconds: 5, timeoutSeconds: 3, retries: 3, startPeriodSeconds: 0 };

function firstTcpPort(part: DeploymentPart): number | undefined {
  return part.ports.find((port) => port.protocol === 'tcp')?.port;
}

function probeOf(part: DeploymentPart, check: HealthCheck | null): HealthRule['probe'] {
  const port = check?.port ?? firstTcpPort(part);
  if (check?.type === 'command' && check.command !== undefined) return { type: 'command', command: check.command };
  if (port === undefined) return { type: 'alive', forMs: ALIVE_MS };
  return check?.type === 'http' ? { type: 'http', port, path: check.path ?? '/' } : { type: 'tcp', port };
}

export function healthRule(part: DeploymentPart): HealthRule {
  const check = part.healthCheck ?? null;
  const { intervalSeconds, timeoutSeconds, retries, startPeriodSeconds } = check ?? DEFAULTS;
  return {
    probe: probeOf(part, check),
    intervalMs: intervalSeconds * 1000,
    timeoutMs: timeoutSeconds * 1000,
    retries,
    startPeriodMs: startPeriodSeconds * 1000,
  };
}
