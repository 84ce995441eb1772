/** The keys in the state directory, without which a database is of no use. */
import { join } from 'node:path';
import { CONTROL_PLANE_KEY_FILE } from '../keys/control-plane-key.ts';
import { MASTER_KEY_FILE } from '../keys/master-key.ts';
import { readSecretFile, writeSecretFile } from '../keys/secret-file.ts';
import type { KeyFiles } from './backup-file.ts';

const NAMES = [MASTER_KEY_FILE, CONTROL_PLANE_KEY_FILE] as const;

export function readKeyFiles(stateDirectory: string): KeyFiles {
  return Object.fromEntries(
    NAMES.map((name) => {
      const text = readSecretFile(join(stateDirectory, name));
      if (text === undefined) throw new Error(`there is no ${name} in ${stateDirectory}: set TECHULUS_STATE_DIR`);
      return [name, text];
    }),
  );
}

/** Other keys are never overwritten: they may be the only way into another database. */
export function requireNoOtherKeys(stateDirectory: string, keys: KeyFiles): void {
  for (const name of NAMES) {
    const there = readSecretFile(join(stateDirectory, name));
    if (there === undefined || there === keys[name]) continue;
    throw new Error(
      `there is another ${name} in ${stateDirectory}, which belongs to another database: ` +
        'set TECHULUS_STATE_DIR to a new directory',
    );
  }
}

export function writeKeyFiles(stateDirectory: string, keys: KeyFiles): void {
  for (const name of NAMES) writeSecretFile(join(stateDirectory, name), `${keys[name] ?? ''}\n`);
}

export function isComplete(keys: KeyFiles | undefined): keys is KeyFiles {
  return keys !== undefined && NAMES.every((name) => typeof keys[name] === 'string');
}
