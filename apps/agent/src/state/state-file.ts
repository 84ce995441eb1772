/**
 * A value in a file of JSON: whole or absent, never half. Written beside, fsynced, renamed. One that cannot be read as what it should be
 * is set aside under another name and counts as absent; it is not obeyed.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '@techulus/ports';
import { explain, type Log } from '../log.ts';
import type { Store } from '../ports.ts';

export interface StateFileParts<T> {
  readonly path: string;
  /** The value, or an error that says what is wrong with it. */
  readonly parse: (value: unknown) => T;
  readonly clock: Clock;
  readonly log: Log;
}

async function fsyncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The whole text or nothing, also after a power cut; mode 0600 unless told otherwise. */
export async function writeWhole(path: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const beside = `${path}.new`;
  const file = await open(beside, 'w', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await fsyncFolder(dirname(path));
}

export function stateFile<T>({ path, parse, clock, log }: StateFileParts<T>): Store<T> {
  let last: Promise<void> = Promise.resolve();
  return {
    async load(): Promise<T | null> {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (text === null) return null;
      try {
        return parse(JSON.parse(text));
      } catch (error) {
        const aside = `${path}.corrupt-${new Date(clock.now()).toISOString().replaceAll(':', '')}`;
        await rename(path, aside);
        log.warn(`${path} cannot be used (${explain(error)}); set aside as ${aside}, going on without it`);
        return null;
      }
    },
    save(value) {
      // One after the other: two at once would rename one file.
      const written = last.then(() => writeWhole(path, `${JSON.stringify(value)}\n`));
      last = written.catch(() => undefined);
      return written;
    },
  };
}

/** For `parse`: an object with the schema that this release writes. */
export function objectOfSchema(value: unknown, schema: number): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is not a JSON object');
  const object = value as Record<string, unknown>;
  if (object['schema'] !== schema) throw new Error(`its schema is ${JSON.stringify(object['schema'])}, not ${schema}`);
  return object;
}
