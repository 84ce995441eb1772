/** What a machine must be for a lab; each refusal is one line that says what to do. Missing packages are installed. */
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { readTextIfThere } from './files.ts';
import { basePath } from './base.ts';
import { cacheDir, existingParent, type LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import type { Progress } from './progress.ts';
import { run, tryRun } from './run.ts';

const overlayMagic = 0x794c7630;
const gib = 1024 ** 3;

/** Command → Debian package that has it. */
const needed: Readonly<Record<string, string>> = {
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  flock: 'util-linux',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
};

export function distributionProblem(osRelease: string): string | undefined {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  if (field('ID') === 'debian' && field('VERSION_ID') === '12') return undefined;
  return `the lab needs Debian 12 (bookworm); this is ${field('PRETTY_NAME') || 'an unknown system'}`;
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0)
    throw new LabProblem('not_root', 'the lab makes namespaces, mounts and a bridge: run it as root (sudo)');
}

function requireDisk(path: string, bytes: number, what: string): void {
  const disk = statfsSync(existingParent(path));
  const free = disk.bavail * disk.bsize;
  if (free < bytes) {
    const figures = `${(bytes / gib).toFixed(1)} GiB, ${(free / gib).toFixed(1)} GiB are free`;
    throw new LabProblem('disk_full', `too little disk for ${what} at ${path}: it needs ${figures}`);
  }
  if (disk.type === overlayMagic) {
    throw new LabProblem(
      'overlay_disk',
      `${path} lies on an overlay, which cannot carry the nodes' disks: set TECHULUS_LAB_CACHE and TECHULUS_LAB_DIR to folders on a real disk`,
    );
  }
}

async function requireKernel(): Promise<void> {
  await tryRun('modprobe', ['-q', '-a', 'overlay', 'tun', 'bridge', 'veth', 'nf_tables']).catch(() => undefined);
  const systems = readTextIfThere('/proc/filesystems') ?? '';
  if (!systems.includes('\toverlay\n'))
    throw new LabProblem('no_overlay', "this kernel has no overlay file system, which the nodes' disks are made of");
  const misc = readTextIfThere('/proc/misc') ?? '';
  if (!misc.includes(' tun\n'))
    throw new LabProblem('no_tun', 'this kernel has no tun device (modprobe tun), which WireGuard in the nodes needs');
}

async function installMissing(progress: Progress): Promise<void> {
  const found = await run(
    'sh',
    ['-c', `for c in ${Object.keys(needed).join(' ')}; do command -v $c >/dev/null || echo $c; done`],
    {
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    },
  );
  const packages = [
    ...new Set(
      found
        .split('\n')
        .filter(Boolean)
        .map((command) => needed[command] ?? command),
    ),
  ];
  const lists = await run('apt-get', ['indextargets', '--format', '$(FILENAME)', 'Created-By: Packages']);
  const fresh = lists.split('\n').some((file) => file !== '' && existsSync(file));
  if (packages.length === 0 && fresh) return;
  mkdirSync(cacheDir, { recursive: true });
  const logFile = `${cacheDir}/apt.log`;
  if (!fresh || packages.length > 0) progress("packages: reading Debian's lists");
  await run('apt-get', ['update', '-q'], { seconds: 600, logFile });
  if (packages.length === 0) return;
  progress(`packages: installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['install', '-yq', '--no-install-recommends', ...packages], { seconds: 900, logFile, env });
}

export async function requireMachine(paths: LabPaths, progress: Progress): Promise<void> {
  requireRoot();
  const problem = distributionProblem(readTextIfThere('/etc/os-release') ?? '');
  if (problem !== undefined) throw new LabProblem('distribution', problem);
  if (process.arch !== 'x64')
    throw new LabProblem('architecture', `the agent's package is for amd64; this machine is ${process.arch}`);
  await requireKernel();
  const baseThere = existsSync(basePath());
  requireDisk(cacheDir, baseThere ? 0 : 2 * gib, 'the base system');
  requireDisk(paths.lab, gib, 'the nodes');
  if (!baseThere || !existsSync(`${cacheDir}/docker-registry`)) await installMissing(progress);
}
