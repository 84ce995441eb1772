/** The base system: made once per recipe, shared read-only by all nodes of all checkouts on this machine. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { baseName, baseScript } from './base-recipe.ts';
import { takeLock } from './lock.ts';
import { cacheDir } from './paths.ts';
import { LabProblem } from './problem.ts';
import { run } from './run.ts';
import type { Progress } from './progress.ts';

export function basePath(): string {
  return join(cacheDir, baseName());
}

async function debianMirror(): Promise<string> {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages', 'Codename: bookworm'];
  const uris = await run('apt-get', ['indextargets', ...format]);
  const [first] = uris.split('\n');
  if (first === undefined || first === '')
    throw new LabProblem('no_mirror', 'apt knows no mirror of Debian 12 (bookworm): see /etc/apt/sources.list.d');
  return first;
}

/** In namespaces of its own and bound to our life, so that an interrupted build leaves neither mounts nor processes. */
async function build(root: string): Promise<void> {
  const script = baseScript(root, await debianMirror());
  const contained = [
    '--pdeathsig',
    'KILL',
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '--propagation',
    'private',
    '--mount-proc',
  ];
  await run('setpriv', [...contained, 'sh', '-c', script], { seconds: 1800, logFile: join(cacheDir, 'base.log') });
}

export async function ensureBase(progress: Progress): Promise<string> {
  const base = basePath();
  if (existsSync(base)) return base;
  mkdirSync(cacheDir, { recursive: true });
  const lock = await takeLock(join(cacheDir, 'base.lock'), 1800);
  if (lock === undefined)
    throw new LabProblem(
      'base_busy',
      'another lab has been making the base system for half an hour: see base.log in its cache',
    );
  try {
    if (existsSync(base)) return base;
    progress('base system: installing Debian 12 into the cache (once, about a minute)');
    for (const name of readdirSync(cacheDir)) {
      if (name.endsWith('.partial')) rmSync(join(cacheDir, name), { recursive: true, force: true });
    }
    const partial = `${base}.partial`;
    await build(partial);
    renameSync(partial, base);
    return base;
  } finally {
    await lock.release();
  }
}
