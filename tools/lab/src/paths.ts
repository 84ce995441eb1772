/** Where a lab keeps its things. Everything of one checkout lies under `.lab/`; only the base system is shared. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
export const bootScript = fileURLToPath(new URL('../boot/node.sh', import.meta.url));

/** The cache must lie on a real disk: a base on an overlay cannot be the lower layer of another overlay everywhere. */
export const cacheDir = process.env['TECHULUS_LAB_CACHE'] ?? '/var/cache/techulus-lab';

export interface LabPaths {
  readonly lab: string;
  readonly labJson: string;
  readonly lock: string;
  readonly place: string;
  readonly nodes: string;
  readonly registry: string;
  readonly controlPlane: string;
  readonly controlPlaneLog: string;
}

/** Its processes work in other folders than we do, so a relative path is made whole here. */
export function labPaths(folder = process.env['TECHULUS_LAB_DIR'] ?? join(repositoryRoot, '.lab')): LabPaths {
  const lab = resolve(folder);
  return {
    lab,
    labJson: join(lab, 'lab.json'),
    lock: join(lab, 'lock'),
    place: join(lab, 'place.json'),
    nodes: join(lab, 'nodes'),
    registry: join(lab, 'registry'),
    controlPlane: join(lab, 'control-plane'),
    controlPlaneLog: join(lab, 'control-plane.log'),
  };
}

/** The nearest folder that exists, to ask the disk about a path that is yet to be made. */
export function existingParent(path: string): string {
  return existsSync(path) ? path : existingParent(dirname(path));
}
