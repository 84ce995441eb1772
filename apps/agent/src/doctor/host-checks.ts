import { statfs } from 'node:fs/promises';
import type { Transport } from '../wire/transport.ts';
import { isDiskPressure } from '../host.ts';
import { explain } from '../log.ts';
import type { AgentStatus } from '../status-file.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const MIB = 1024 * 1024;
const SKEW_WARN_MS = 2_000;
const SILENT_WARN_MS = 20_000;
const REACH_MS = 5_000;

export async function checkDisk(path: string): Promise<Finding> {
  const { blocks, bavail, bsize } = await statfs(path);
  const [total, free] = [Math.floor((blocks * bsize) / MIB), Math.floor((bavail * bsize) / MIB)];
  const message = `${free} of ${total} MiB free under ${path}`;
  if (free < 100)
    return fail(
      'disk',
      message,
      'free space now: nothing can be pulled or written (podman system df, journalctl --vacuum-size=200M)',
    );
  return isDiskPressure(total, free)
    ? warn(
        'disk',
        message,
        'free space: no new containers are placed here (podman system df, journalctl --vacuum-size=200M)',
      )
    : ok('disk', message);
}

export function checkClock(status: AgentStatus | null): Finding {
  const offset = status?.report.clockOffsetMs ?? null;
  if (offset === null)
    return warn('clock', 'not compared with the control plane yet', 'start the agent: systemctl start techulus-agent');
  const message = `${Math.abs(offset)} ms ${offset > 0 ? 'behind' : 'ahead of'} the control plane`;
  if (Math.abs(offset) < SKEW_WARN_MS) return ok('clock', message);
  return warn(
    'clock',
    `${message}; the agent allows for it, logs and certificates do not`,
    'set the clock: timedatectl set-ntp true',
  );
}

export async function checkReach(url: string, transport: Transport): Promise<Finding> {
  const request = {
    method: 'GET',
    url: new URL('/api/v1/health/live', url).href,
    headers: {},
    body: '',
    timeoutMs: REACH_MS,
  } as const;
  try {
    const { status } = await transport(request, AbortSignal.timeout(REACH_MS));
    return ok('control plane', `${url} answers (${status})`);
  } catch (error) {
    const todo =
      'check the address, the route to it and firewalls on the way; what runs here goes on running meanwhile';
    return fail('control plane', `${url} does not answer: ${explain(error)}`, todo);
  }
}

export function checkAgent(status: AgentStatus | null, running: boolean, now: number): Finding {
  if (status === null || !running)
    return fail('agent', 'is not running', 'systemctl start techulus-agent, then: journalctl -u techulus-agent');
  if (status.removed)
    return fail(
      'agent',
      'this server was removed from the cluster',
      'purge the package, or register this machine anew',
    );
  const { lastReceivedAt, report } = status;
  if (lastReceivedAt === null)
    return warn('agent', 'no report was received yet', 'wait, or look: journalctl -u techulus-agent');
  const age = now - lastReceivedAt;
  const message = `${report.agentState}, last report received ${Math.round(age / 1000)} s ago`;
  if (age > SILENT_WARN_MS)
    return warn('agent', message, 'the control plane may count this server as offline: journalctl -u techulus-agent');
  const [waiting] = report.deferred;
  if (waiting === undefined) return ok('agent', message);
  return warn(
    'agent',
    `${message}; ${waiting.kind} ${waiting.key}: ${waiting.message ?? waiting.because}`,
    'it is tried again by itself, unless it says otherwise',
  );
}
