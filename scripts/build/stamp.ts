import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';

interface Stamp {
  readonly inputs: readonly string[];
  readonly hash: string;
}

/** Packages are covered by the lock file; a file newly imported is seen by the change in the one that imports it. */
function hashOf(inputs: readonly string[]): string {
  const recipe = ['package-lock.json', 'scripts/swc-options.ts', ...globSync('scripts/build/*.ts')].toSorted();
  const hash = createHash('sha256');
  for (const path of [...recipe, ...inputs]) {
    hash.update(path).update('\0');
    hash.update(existsSync(path) ? readFileSync(path) : 'gone').update('\0');
  }
  return hash.digest('hex');
}

const stampOf = (outfile: string): string => `${outfile}.stamp.json`;

export function isFresh(outfile: string): boolean {
  if (!existsSync(outfile) || !existsSync(stampOf(outfile))) return false;
  const { inputs, hash }: Stamp = JSON.parse(readFileSync(stampOf(outfile), 'utf8'));
  return hash === hashOf(inputs);
}

export function writeStamp(outfile: string, allInputs: readonly string[]): void {
  const inputs = allInputs.filter((path) => !path.includes('node_modules/') && !path.includes(':')).toSorted();
  const stamp: Stamp = { inputs, hash: hashOf(inputs) };
  writeFileSync(stampOf(outfile), JSON.stringify(stamp));
}
