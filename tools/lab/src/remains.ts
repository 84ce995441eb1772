/** What a lab still holds of this machine. After `down` the answer is: nothing. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupFolders } from './cgroups.ts';
import { postgresOf } from './control-plane.ts';
import { readTextIfThere } from './files.ts';
import type { Place } from './network.ts';
import type { LabPaths } from './paths.ts';
import { run } from './run.ts';
import { bridgeName } from './subnet.ts';

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function processes(lab: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.flatMap((pid) => {
    const command = (readTextIfThere(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
    const mounts = readTextIfThere(`/proc/${pid}/mountinfo`) ?? '';
    const ours =
      command.includes(`${lab}/nodes/`) || folderOf(pid).startsWith(`${lab}/`) || mounts.includes(`upperdir=${lab}/`);
    return ours ? [`process ${pid} ${command.slice(0, 80)}`] : [];
  });
}

function mounts(lab: string): string[] {
  const points = (readTextIfThere('/proc/mounts') ?? '').split('\n').map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${lab}/`)).map((point) => `mount ${point}`);
}

async function links(place: Place): Promise<string[]> {
  const all = JSON.parse(await run('ip', ['-j', 'link'])) as { ifname: string }[];
  const bridge = bridgeName(place.subnet);
  const ours = all.filter(({ ifname }) => ifname === bridge || ifname.startsWith(`${bridge}n`));
  return ours.map(({ ifname }) => `interface ${ifname}`);
}

function cgroups(paths: LabPaths): string[] {
  if (!existsSync(paths.nodes)) return [];
  const folders = readdirSync(paths.nodes).flatMap((name) => cgroupFolders(join(paths.nodes, name, 'cgroups')));
  return folders.filter((folder) => existsSync(folder)).map((folder) => `cgroup ${folder}`);
}

/** Its folder is not always named as ours. */
function postgres(paths: LabPaths): string[] {
  const running = postgresOf(paths);
  return running === undefined ? [] : [`process ${running.pid} postgres`];
}

export async function labRemains(paths: LabPaths, place: Place): Promise<string[]> {
  return [
    ...processes(paths.lab),
    ...postgres(paths),
    ...mounts(paths.lab),
    ...(await links(place)),
    ...cgroups(paths),
  ];
}
