import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [''];
  return globSync('**/*', { cwd: path, withFileTypes: false }).filter((name) => statSync(join(path, name)).isFile());
}

const contentOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** The files (or the one file) that differ between two places, named as in the second. */
export function differences(fresh: string, committed: string): string[] {
  const names = new Set([...filesBelow(fresh), ...filesBelow(committed)]);
  return [...names]
    .filter((name) => contentOf(join(fresh, name)) !== contentOf(join(committed, name)))
    .map((name) => join(committed, name))
    .toSorted();
}
