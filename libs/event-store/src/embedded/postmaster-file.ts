import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, type Clock, type Timers } from '@techulus/ports';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const STALE_FOR_MS = 3_000;
const STOPPING_FOR_MS = 60_000;
const LOOK_EVERY_MS = 50;

interface Postmaster {
  pid: number;
  stopping: boolean;
}

/**
 * A PostgreSQL whose control plane was killed a moment ago is still shutting down. Waits for it: three seconds where it
 * does not say so, a minute where it does. One that stays belongs to a control plane that is running.
 */
export async function waitForPrevious(data: string, clock: Clock, timers: Timers): Promise<void> {
  const since = clock.monotonic();
  for (;;) {
    const previous = readPostmaster(data);
    if (!previous || !isPostgres(previous.pid)) return;
    const patience = previous.stopping ? STOPPING_FOR_MS : STALE_FOR_MS;
    if (clock.monotonic() - since > patience) throw inUse(data, previous.pid);
    await sleep(timers, LOOK_EVERY_MS);
  }
}

function inUse(data: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'postgres_in_use',
    `the PostgreSQL with process id ${pid} is already running on ${data}; is another control plane running with this state ` +
      'directory? Stop it, or set TECHULUS_STATE_DIR to another folder',
  );
}

/** postmaster.pid: the process id is its first line, what it is doing its eighth. */
function readPostmaster(data: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), stopping: lines[7]?.trim() === 'stopping' };
  } catch {
    return undefined;
  }
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return false;
  }
}
