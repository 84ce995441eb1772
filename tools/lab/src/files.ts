import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Written beside and renamed, so a reader sees the old text or the new one. */
export function writeFileWhole(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, text, { mode, flush: true });
  renameSync(partial, path);
}

export function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A file that is missing or was torn by a crash of the machine reads as "not there": whoever needs it makes it anew. */
export function readJsonIfThere<T>(path: string): T | undefined {
  const text = readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

export function writeJson(path: string, value: unknown, mode = 0o644): void {
  writeFileWhole(path, `${JSON.stringify(value, null, 2)}\n`, mode);
}
