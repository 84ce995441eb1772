/** A real image registry on the lab's gateway address: Debian's docker-registry, from a folder, not as a service of the host. */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { daemonProcess, startDaemon, stopDaemon, type Daemon } from './daemon.ts';
import { writeFileWhole } from './files.ts';
import { takeLock } from './lock.ts';
import { gatewayOf, refuseTakenPort, registryPort, type Place } from './network.ts';
import { cacheDir, type LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import { waitUntil } from './wait-until.ts';

export const registryAddress = (place: Place): string => `${gatewayOf(place)}:${registryPort}`;

const unpacked = join(cacheDir, 'docker-registry');
const program = join(unpacked, 'usr/bin/docker-registry');

export function registryDaemon(paths: LabPaths): Daemon {
  return { title: 'the registry', dir: paths.registry, log: join(paths.registry, 'registry.log') };
}

/** Unpacked rather than installed: the package would start a registry of its own on every address of this machine. */
export async function ensureRegistryProgram(progress: Progress): Promise<void> {
  if (existsSync(program)) return;
  const lock = await takeLock(join(cacheDir, 'registry.lock'), 300);
  if (lock === undefined)
    throw new LabProblem('cache_busy', 'another lab has been fetching docker-registry for 5 minutes: try again');
  try {
    if (existsSync(program)) return;
    progress("registry: fetching Debian's docker-registry");
    const partial = `${unpacked}.unpacking`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    chmodSync(partial, 0o777); // apt downloads as its own user
    await run('apt-get', ['download', '-q', 'docker-registry'], { cwd: partial, seconds: 300 });
    const deb = readdirSync(partial).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new LabProblem('no_registry', 'apt-get download docker-registry left no package');
    await run('dpkg', ['-x', join(partial, deb), partial]);
    chmodSync(partial, 0o755);
    renameSync(partial, unpacked);
  } finally {
    await lock.release();
  }
}

function renderConfig(storage: string, address: string): string {
  return `version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: ${JSON.stringify(storage)}}
  delete: {enabled: true}
http: {addr: "${address}"}
`;
}

export async function startRegistry(paths: LabPaths, place: Place): Promise<string> {
  const daemon = registryDaemon(paths);
  const address = registryAddress(place);
  if (daemonProcess(daemon) === undefined) {
    await refuseTakenPort(gatewayOf(place), registryPort, 'the registry');
    const config = join(paths.registry, 'config.yml');
    writeFileWhole(config, renderConfig(join(paths.registry, 'storage'), address));
    await startDaemon(daemon, {
      command: program,
      args: ['serve', config],
      env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    });
  }
  const answers = async (): Promise<boolean> =>
    (await fetch(`http://${address}/v2/`).catch(() => undefined))?.ok === true;
  await waitUntil(answers, {
    what: 'an answer of the registry',
    seconds: 30,
    everyMs: 30,
    hint: () => `see ${daemon.log}`,
  });
  return address;
}

export async function stopRegistry(paths: LabPaths): Promise<void> {
  await stopDaemon(registryDaemon(paths), 'SIGTERM', 10);
}
