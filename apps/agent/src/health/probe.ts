/** One check of one replica, made from this server, so that an image needs no tool for it. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { explain } from '../log.ts';
import type { Podman } from '../podman/podman.ts';
import type { CheckResult } from './evolve.ts';
import type { HealthRule } from './rule.ts';

export interface ProbeTarget {
  readonly containerId: string;
  readonly address: string;
  readonly runningMs: number;
}

export type Probe = (rule: HealthRule, target: ProbeTarget, signal: AbortSignal) => Promise<CheckResult>;

const OK: CheckResult = { ok: true };

function failed(message: string): CheckResult {
  return { ok: false, message: message.slice(0, 300) };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function http(address: string, port: number, path: string, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const what = `GET http://${address}:${port}${path}`;
    // A connection of its own: one that is kept would go on answering from a process that takes no new ones.
    const outgoing = request({
      host: address,
      port,
      path,
      agent: false,
      signal,
      headers: { 'user-agent': 'techulus-agent' },
    });
    outgoing.once('error', (error) => resolve(failed(`${what}: ${explain(error)}`)));
    outgoing.once('response', (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve(status >= 200 && status < 400 ? OK : failed(`${what} answers ${status}`));
      outgoing.destroy();
    });
    outgoing.end();
  });
}

function tcp(address: string, port: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, signal });
    socket.once('error', (error) => resolve(failed(`TCP ${address}:${port}: ${explain(error)}`)));
    socket.once('connect', () => {
      socket.destroy();
      resolve(OK);
    });
  });
}

async function command(
  podman: Pick<Podman, 'exec'>,
  id: string,
  line: readonly string[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const { exitCode, output } = await podman.exec(id, line, signal);
  if (exitCode === 0) return OK;
  if (exitCode === 127 || exitCode === 126)
    return failed(`the image has no ${line[0]} that can be run: ${firstLine(output)}`);
  return failed(`${line.join(' ')} ends with ${exitCode}: ${firstLine(output)}`);
}

export function probeWith(podman: Pick<Podman, 'exec'>): Probe {
  return async (rule, target, signal) => {
    const { probe } = rule;
    switch (probe.type) {
      case 'http':
        return http(target.address, probe.port, probe.path, signal);
      case 'tcp':
        return tcp(target.address, probe.port, signal);
      case 'command':
        return command(podman, target.containerId, probe.command, signal);
      case 'alive':
        return target.runningMs >= probe.forMs ? OK : failed(`running for less than ${probe.forMs / 1000} s`);
    }
  };
}
