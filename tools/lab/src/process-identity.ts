/** Who a pid is: number and start time together, so that a recycled number is never taken for the process it once was. */
import { statSync } from 'node:fs';
import { readTextIfThere } from './files.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** A zombie counts as ended: nothing of it runs. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readTextIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const started = fields[19];
  if (started === undefined || fields[0] === 'Z') return undefined;
  return { pid, started };
}

export function parseIdentity(text: string | undefined): ProcessIdentity | undefined {
  const [pid, started] = (text ?? '').trim().split(' ');
  const number = Number(pid);
  if (started === undefined || !Number.isInteger(number) || number <= 1) return undefined;
  return { pid: number, started };
}

export function isRunning(identity: ProcessIdentity | undefined): identity is ProcessIdentity {
  return identity !== undefined && identifyProcess(identity.pid)?.started === identity.started;
}

/** The process that a pid file names, if it is still that one. */
export function runningFrom(pidFile: string): ProcessIdentity | undefined {
  const identity = parseIdentity(readTextIfThere(pidFile));
  return isRunning(identity) ? identity : undefined;
}

export function signalProcess(identity: ProcessIdentity | undefined, signal: NodeJS.Signals | number): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // Ended between the look and the signal: that is what was wanted, or the caller's wait will tell.
  }
}

/** Folders are compared by what they are: a process with mounts of its own knows the same one by another name. */
export function worksIn(pid: number, folder: string): boolean {
  try {
    const [works, is] = [statSync(`/proc/${pid}/cwd`), statSync(folder)];
    return works.dev === is.dev && works.ino === is.ino;
  } catch {
    return false;
  }
}
