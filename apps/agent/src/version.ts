import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function versionIn(manifest: string): string | null {
  try {
    const { version }: { version?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

/** The package puts its manifest beside the bundle; from the sources and the plain bundle, the agent's own is a folder up. */
export function versionBeside(folder: string): string {
  return versionIn(join(folder, 'package.json')) ?? versionIn(join(folder, '..', 'package.json')) ?? 'unknown';
}

export const agentVersion: string = versionBeside(import.meta.dirname);
