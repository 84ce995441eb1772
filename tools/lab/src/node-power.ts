/** Turning nodes on and off. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupLayout, removeCgroups } from './cgroups.ts';
import { daemonProcess, isGone, startDaemon, stopDaemon, type Daemon } from './daemon.ts';
import { readTextIfThere, writeFileWhole } from './files.ts';
import { gatewayOf, type Place } from './network.ts';
import { tryExecInNode } from './node-exec.ts';
import { nodeDir, nodePid, type NodeRecord } from './nodes.ts';
import { bootScript, cacheDir, type LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import { runningFrom, signalProcess } from './process-identity.ts';
import { addressIn, bridgeName, macOf, vethName } from './subnet.ts';
import { waitUntil } from './wait-until.ts';
import { run, tryRun } from './run.ts';

/** systemd's "power off" as PID 1: SIGRTMIN+4, which Node has no name for. */
const powerOff = 34 + 4;

export function nodeDaemon(paths: LabPaths, name: string): Daemon {
  const dir = nodeDir(paths, name);
  return { title: `node ${name}`, dir, log: join(dir, 'console.log') };
}

export function unitName(place: Place, node: NodeRecord): string {
  return `${bridgeName(place.subnet)}-${node.name}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function writeBootConf(paths: LabPaths, place: Place, node: NodeRecord): void {
  const cgroups = cgroupLayout();
  const settings = {
    BASE: join(cacheDir, node.base),
    NAME: node.name,
    ADDRESS: `${addressIn(place.subnet, node.host)}/24`,
    MAC: macOf(place.subnet, node.host),
    GATEWAY: gatewayOf(place),
    BRIDGE: bridgeName(place.subnet),
    VETH: vethName(place.subnet, node.host),
    LAYOUT: cgroups.layout,
    CGROUPS: cgroups.foldersFor?.(unitName(place, node)).join(' ') ?? 'scope',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${quoted(value)}\n`);
  writeFileWhole(join(nodeDir(paths, node.name), 'boot.conf'), lines.join(''));
}

function refuseLostBase(node: NodeRecord): void {
  if (existsSync(join(cacheDir, node.base))) return;
  throw new LabProblem(
    'base_gone',
    `the base system under ${node.name}'s disk (${node.base}) was deleted: \`npm run lab -- down --purge\`, then up`,
  );
}

function lastConsoleLines(paths: LabPaths, name: string): string {
  const text = readTextIfThere(nodeDaemon(paths, name).log) ?? '';
  return `its console ends: ${text.trim().split('\n').slice(-3).join(' | ')}`;
}

/** Up means: systemd has finished booting, whether or not a unit failed. */
export async function waitForBoot(paths: LabPaths, node: NodeRecord, notPid?: number): Promise<number> {
  const look = async (): Promise<number | undefined> => {
    const pid = nodePid(paths, node.name);
    if (pid === undefined || pid === notPid) {
      if (await isGone(nodeDaemon(paths, node.name)))
        throw new LabProblem(
          'boot_failed',
          `node ${node.name} ended while booting; ${lastConsoleLines(paths, node.name)}`,
        );
      return undefined;
    }
    const state = (await tryExecInNode(paths, node.name, ['systemctl', 'is-system-running'])).stdout.trim();
    return state === 'running' || state === 'degraded' ? pid : undefined;
  };
  return await waitUntil(look, {
    what: `boot of node ${node.name}`,
    seconds: 120,
    everyMs: 50,
    hint: () => lastConsoleLines(paths, node.name),
  });
}

export async function bootNode(paths: LabPaths, place: Place, node: NodeRecord): Promise<number> {
  const daemon = nodeDaemon(paths, node.name);
  if (daemonProcess(daemon) === undefined) {
    await forceOff(paths, node); // of an earlier life that was cut short
    for (const part of ['upper', 'work', 'root', 'containers']) mkdirSync(join(daemon.dir, part), { recursive: true });
    refuseLostBase(node);
    writeBootConf(paths, place, node);
    const scope = [
      'systemd-run',
      '--scope',
      '--quiet',
      '--collect',
      `--description=Techulus lab node ${node.name}`,
      `--unit=${unitName(place, node)}`,
      '--property=Delegate=yes',
    ];
    const prefix = cgroupLayout().foldersFor === undefined ? scope : [];
    await startDaemon(daemon, { command: bootScript, args: ['supervise', daemon.dir], prefix });
  }
  return await waitForBoot(paths, node);
}

/** Takes the power away: no process of the node lives after it, and nothing was told. */
async function forceOff(paths: LabPaths, node: NodeRecord): Promise<void> {
  const daemon = nodeDaemon(paths, node.name);
  signalProcess(runningFrom(join(daemon.dir, 'pid')), 'SIGKILL');
  // The supervisor, seeing its node die of a signal, ends by itself and tidies up; without one there is nobody to wait for.
  await stopDaemon(daemon, 'SIGCONT', 10);
}

async function clearRemains(paths: LabPaths, place: Place, node: NodeRecord): Promise<void> {
  const list = join(nodeDir(paths, node.name), 'cgroups');
  await waitUntil(() => removeCgroups(list), { what: `cgroups of node ${node.name} to be empty`, seconds: 30 });
  await tryRun('ip', ['link', 'del', vethName(place.subnet, node.host)]);
}

export async function crashNode(paths: LabPaths, place: Place, node: NodeRecord): Promise<void> {
  await forceOff(paths, node);
  await clearRemains(paths, place, node);
}

export async function shutDownNode(paths: LabPaths, place: Place, node: NodeRecord): Promise<void> {
  const daemon = nodeDaemon(paths, node.name);
  if (existsSync(daemon.dir) && !(await isGone(daemon))) {
    // Asked again and again: before it is systemd, PID 1 hears nothing, and one that is booting forgets what came too early.
    const askedOff = async (): Promise<boolean> => {
      signalProcess(runningFrom(join(daemon.dir, 'pid')), powerOff);
      return await isGone(daemon);
    };
    const off = waitUntil(askedOff, { what: `shutdown of node ${node.name}`, seconds: 40, everyMs: 200 });
    await off.catch(() => forceOff(paths, node));
  }
  await clearRemains(paths, place, node);
}

/** reboot(2) inside; a node that is off is booted. */
export async function rebootNode(paths: LabPaths, place: Place, node: NodeRecord): Promise<number> {
  const before = nodePid(paths, node.name);
  if (before === undefined) return await bootNode(paths, place, node);
  await tryExecInNode(paths, node.name, ['systemctl', 'reboot']);
  return await waitForBoot(paths, node, before);
}

/** "up" is over when both ends send again: the kernel gives news of a carrier up to a second later, to each end its own. */
export async function setLink(paths: LabPaths, place: Place, node: NodeRecord, state: 'up' | 'down'): Promise<void> {
  const link = vethName(place.subnet, node.host);
  await run('ip', ['link', 'set', link, state]);
  if (state === 'down') return;
  const read = (file: string): string => (readTextIfThere(`/sys/class/net/${link}/${file}`) ?? '').trim();
  const sends = async (): Promise<boolean> => {
    if (read('operstate') !== 'up' || read('brport/state') !== '3') return false;
    return (await tryExecInNode(paths, node.name, ['cat', '/sys/class/net/eth0/operstate'])).stdout.trim() === 'up';
  };
  await waitUntil(sends, { what: `the link of node ${node.name} to be up`, seconds: 20, everyMs: 20 });
  // Questions for a neighbour that were asked into the cut cable would still be answered with "unreachable" for a second.
  await tryExecInNode(paths, node.name, ['ip', 'neigh', 'flush', 'dev', 'eth0']);
}
