import { type FSWatcher, readFileSync, renameSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Timers } from '@techulus/ports';
import { type DnsFile, parseDnsFile } from './dns-file.ts';
import type { Log } from './log.ts';

const LOOK_MS = 1_000;

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What changes whenever the file was replaced; null without one. */
function identity(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** A file that is not what it should be must not be tried again at every look, nor be lost to whoever asks why. */
function setAside(path: string, reason: string, log: Log): void {
  log('error', 'the file of names is not valid; the last good answers stay in effect', {
    reason,
    movedTo: `${path}.corrupt`,
  });
  try {
    renameSync(path, `${path}.corrupt`);
  } catch (error) {
    log('warn', 'the invalid file could not be moved away', { reason: describe(error) });
  }
}

function watchDirectory(path: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(dirname(path), (_, name) => {
      if (name === null || name === basename(path)) onChange();
    });
    // The look at every second goes on without it.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

/** Calls `use` with the file's content now and whenever it was replaced by a valid one. */
export function watchDnsFile(path: string, ports: { timers: Timers; log: Log }, use: (file: DnsFile) => void): void {
  let seen: string | null = null;

  const load = (text: string): void => {
    try {
      use(parseDnsFile(text));
    } catch (error) {
      setAside(path, describe(error), ports.log);
    }
  };

  const look = (): void => {
    try {
      const found = identity(path);
      if (found === null || found === seen) return;
      const text = readFileSync(path, 'utf8');
      seen = found;
      load(text);
    } catch (error) {
      ports.log('warn', 'the file of names could not be read; trying again', { reason: describe(error) });
    }
  };

  watchDirectory(path, look);
  ports.timers.every(LOOK_MS, look);
  look();
}
