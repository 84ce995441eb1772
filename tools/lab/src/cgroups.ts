/** How this machine lays out its cgroups, which decides how a node's own are made. */
import { existsSync, lstatSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readTextIfThere } from './files.ts';

export const cgroupRoot = '/sys/fs/cgroup';

export interface CgroupLayout {
  readonly layout: 'v1' | 'v2';
  /** Folders of a node's cgroups, or undefined where systemd gives it a delegated scope. */
  readonly foldersFor: ((name: string) => string[]) | undefined;
}

const systemdIsHost = (): boolean => existsSync('/run/systemd/system');

/** TECHULUS_LAB_CGROUPS=v2: nodes as on an ordinary machine, unified, also where the host's layout is the hybrid one. */
export function cgroupLayout(wanted = process.env['TECHULUS_LAB_CGROUPS']): CgroupLayout {
  const unified = existsSync(join(cgroupRoot, 'cgroup.controllers'));
  if (unified && systemdIsHost()) return { layout: 'v2', foldersFor: undefined };
  if (unified) return { layout: 'v2', foldersFor: (name) => [join(cgroupRoot, name)] };
  if (wanted === 'v2') return { layout: 'v2', foldersFor: (name) => [join(cgroupRoot, 'unified', name)] };
  const hierarchies = readdirSync(cgroupRoot).filter((entry) => {
    const path = join(cgroupRoot, entry);
    return !lstatSync(path).isSymbolicLink() && statSync(path).isDirectory();
  });
  return { layout: 'v1', foldersFor: (name) => hierarchies.map((hierarchy) => join(cgroupRoot, hierarchy, name)) };
}

function removeTree(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(dir, entry.name));
  }
  try {
    rmdirSync(dir);
  } catch {
    // A process is still leaving it: the next look removes it.
  }
}

export function cgroupFolders(list: string): string[] {
  return (readTextIfThere(list) ?? '').split('\n').filter((line) => line.startsWith(`${cgroupRoot}/`));
}

/** True when none of a node's cgroups is left. */
export function removeCgroups(list: string): boolean {
  const folders = cgroupFolders(list);
  for (const folder of folders) {
    if (existsSync(folder)) removeTree(folder);
  }
  return !folders.some((folder) => existsSync(folder));
}
