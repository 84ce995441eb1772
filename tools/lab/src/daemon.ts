/**
 * Processes that outlive the command that started them. Each writes its own pid file before it becomes the program, and
 * holds a lock (fd 9) that its children may share: whoever is killed when, a running one is always found, and "the lock is
 * free" means that all of it is gone.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isLocked } from './lock.ts';
import { runningFrom, signalProcess, type ProcessIdentity } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

export interface Daemon {
  /** For messages. */
  readonly title: string;
  /** Folder of its pid file and lock. */
  readonly dir: string;
  readonly log: string;
}

export interface DaemonCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A command that ends by running the rest of its arguments, e.g. systemd-run. */
  readonly prefix?: readonly string[];
}

const wrapper = `exec 9>>"$1/daemon.lock"; flock -w 30 9 || exit 75
echo "$$ $(cut -d' ' -f22 /proc/$$/stat)" > "$1/daemon.pid.partial" && mv "$1/daemon.pid.partial" "$1/daemon.pid"
shift; exec "$@"`;

const lockFile = (daemon: Daemon): string => join(daemon.dir, 'daemon.lock');
const pidFile = (daemon: Daemon): string => join(daemon.dir, 'daemon.pid');

export function daemonProcess(daemon: Daemon): ProcessIdentity | undefined {
  return runningFrom(pidFile(daemon));
}

export async function isGone(daemon: Daemon): Promise<boolean> {
  return !existsSync(lockFile(daemon)) || !(await isLocked(lockFile(daemon)));
}

/** Returns when the process has its lock and pid file; what "ready" means is the caller's to wait for. */
export async function startDaemon(daemon: Daemon, what: DaemonCommand): Promise<ProcessIdentity> {
  mkdirSync(daemon.dir, { recursive: true });
  const before = daemonProcess(daemon);
  if (before !== undefined) return before;
  const log = openSync(daemon.log, 'a');
  const argv = [...(what.prefix ?? []), 'bash', '-c', wrapper, daemon.title, daemon.dir, what.command, ...what.args];
  const [file = 'bash', ...args] = argv;
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: what.env ?? process.env,
    cwd: what.cwd ?? '/',
  });
  child.on('error', () => undefined);
  child.unref();
  closeSync(log);
  const hint = (): string => `see ${daemon.log}`;
  return await waitUntil(() => daemonProcess(daemon), {
    what: `start of ${daemon.title}`,
    seconds: 45,
    everyMs: 10,
    hint,
  });
}

/** Asks with the signal, and insists after `seconds`. Ends when nothing that shares its lock is left. */
export async function stopDaemon(daemon: Daemon, signal: NodeJS.Signals, seconds: number): Promise<void> {
  if (await isGone(daemon)) return;
  signalProcess(daemonProcess(daemon), signal);
  try {
    await waitUntil(() => isGone(daemon), { what: `end of ${daemon.title}`, seconds, everyMs: 30 });
  } catch {
    signalProcess(daemonProcess(daemon), 'SIGKILL');
    await waitUntil(() => isGone(daemon), {
      what: `end of ${daemon.title} after SIGKILL`,
      seconds: 30,
      hint: () => `see ${daemon.log}`,
    });
  }
}
