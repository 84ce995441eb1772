/**
 * Locks that the kernel drops when their holder dies, whatever killed it: a small `flock` child holds the file and reads
 * our pipe; when we end, the pipe closes, it ends, and the lock is free. No stale lock file can exist.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { tryRun } from './run.ts';

const BUSY = 75;

export interface HeldLock {
  release(): Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

/** Undefined when another process holds it and `waitSeconds` have passed. */
export async function takeLock(file: string, waitSeconds = 0): Promise<HeldLock | undefined> {
  mkdirSync(dirname(file), { recursive: true });
  const patience = waitSeconds === 0 ? ['-n'] : ['-w', String(waitSeconds)];
  const child = spawn('flock', [...patience, '-E', String(BUSY), file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // Ctrl-C goes to us alone; the lock is let go when we have tidied up.
  });
  const held = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  if (!held) return undefined;
  return {
    async release() {
      child.stdin.end();
      await ended(child);
    },
  };
}

export async function isLocked(file: string): Promise<boolean> {
  const result = await tryRun('flock', ['-n', '-E', String(BUSY), file, 'true']);
  return result.code === BUSY;
}
