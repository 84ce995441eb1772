/** `techulus-agent status [--wait SECONDS] [--json]`: what this server is and does, for people. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { ContainerReport } from '@techulus/contract';
import { sleep } from '@techulus/ports';
import { processExists } from '../host.ts';
import { silentLog } from '../log.ts';
import { clock, identityFile, timers } from '../node.ts';
import { paths as pathsFrom } from '../state/paths.ts';
import type { AgentStatus } from '../status-file.ts';

const LOOK_MS = 200;
const NOT_RUNNING = 3;
const RECENT_MS = 20_000;

async function readStatus(path: string): Promise<AgentStatus | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as AgentStatus;
  } catch {
    return null;
  }
}

function contact(status: AgentStatus, now: number): string {
  if (status.removed) return 'this server was removed from the cluster';
  if (status.lastReceivedAt === null) return 'has received no report yet';
  return `received a report ${Math.round((now - status.lastReceivedAt) / 1000)} s ago`;
}

function containerLine({ deploymentId, phase, health, restarts, message }: ContainerReport): string {
  const state = phase === 'running' ? `${phase}, ${health}` : phase;
  const again = restarts > 0 ? `, ${restarts} restarts` : '';
  return `  ${deploymentId}  ${state}${again}${message === null ? '' : `: ${message.split('\n')[0] ?? ''}`}`;
}

export function renderStatus(status: AgentStatus, running: boolean, now: number): string {
  const { report } = status;
  const generations = Object.entries(report.sections).map(
    ([name, ack]) => `${name} ${ack?.generation.position ?? '-'}`,
  );
  const lines = [
    `${status.name} (${status.serverId}), ${status.role}, mesh 10.100.${status.subnetId}.1, containers 10.200.${status.subnetId}.0/24`,
    `agent ${report.versions.agent}: ${running ? report.agentState : 'not running (systemctl status techulus-agent)'}`,
    `control plane ${status.controlPlanes.join(', ')}: ${contact(status, now)}`,
    `Podman ${report.podmanAnswers ? (report.versions.podman ?? 'answers') : 'does not answer (systemctl status podman.socket)'}`,
    `applied: ${generations.join(', ') || 'nothing yet'}${report.unobserved.length === 0 ? '' : `; not observed: ${report.unobserved.join(', ')}`}`,
    `peers: ${report.handshakes.filter((peer) => peer.ageSeconds !== null).length} of ${report.handshakes.length} with a handshake`,
    `containers: ${report.containers.length === 0 ? 'none' : ''}`,
    ...report.containers.map(containerLine),
    ...report.deferred.map(({ kind, key, message }) => `waiting: ${kind} ${key}: ${message ?? ''}`),
  ];
  return lines.join('\n');
}

export async function statusCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = { wait: { type: 'string', default: '0' }, json: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const paths = pathsFrom(env);
  const identity = await identityFile(paths, silentLog).load();
  if (identity?.membership == null) {
    console.error('techulus-agent: this machine has not joined a cluster; run the line that POST /servers answers');
    return NOT_RUNNING;
  }
  const until = clock.monotonic() + Number(values.wait) * 1000;
  let status = await readStatus(paths.status);
  const settled = (): boolean =>
    status !== null &&
    processExists(status.pid) &&
    status.lastReceivedAt !== null &&
    clock.now() - status.lastReceivedAt < RECENT_MS;
  while (!settled() && clock.monotonic() < until) {
    await sleep(timers, LOOK_MS);
    status = await readStatus(paths.status);
  }
  if (status === null) {
    console.error('techulus-agent: registered, but the agent has not run yet (systemctl start techulus-agent)');
    return NOT_RUNNING;
  }
  const running = processExists(status.pid);
  console.log(
    values.json ? JSON.stringify({ running, ...status }, null, 2) : renderStatus(status, running, clock.now()),
  );
  return running ? 0 : NOT_RUNNING;
}
