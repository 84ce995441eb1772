/**
 * A node becomes a server exactly as an operator's machine does: a server is created over REST and the install line is run
 * in the node. Every step is kept as soon as it is done; one cut short in between is found again by name and finished.
 */
import { join } from 'node:path';
import {
  createServer,
  findServer,
  findServerById,
  getServer,
  readInstallScript,
  renewInstallLine,
  type ApiTarget,
} from './control-plane-client.ts';
import { nodeApiUrl } from './control-plane.ts';
import { readPlace } from './network.ts';
import { execInNode, tryExecInNode } from './node-exec.ts';
import { nodeDir, saveNode, type NodeRecord } from './nodes.ts';
import type { LabPaths } from './paths.ts';
import type { Progress } from './progress.ts';
import { waitUntil } from './wait-until.ts';

interface Ordered {
  readonly node: NodeRecord;
  readonly installLine: string;
}

async function orderServer(paths: LabPaths, target: ApiTarget, node: NodeRecord): Promise<Ordered> {
  const known = node.serverId === undefined ? undefined : await findServerById(target, node.serverId);
  const id = (known ?? (await findServer(target, node.name)))?.id;
  if (id !== undefined)
    return { node: saveNode(paths, { ...node, serverId: id }), installLine: await renewInstallLine(target, id) };
  const created = await createServer(target, node.name, node.role);
  return { node: saveNode(paths, { ...node, serverId: created.id }), installLine: created.installLine };
}

/** Online by a report of now: after a pause of everything, the control plane still holds what it heard before it. */
async function waitOnline(target: ApiTarget, node: NodeRecord, heardBefore: string | null): Promise<void> {
  let seen = 'nothing';
  const look = async (): Promise<boolean> => {
    const server = await getServer(target, node.serverId ?? '');
    seen = server.status;
    return seen === 'online' && server.lastSeenAt !== heardBefore;
  };
  const hint = (): string => `the control plane says "${seen}"; read \`npm run lab -- logs ${node.name}\``;
  await waitUntil(look, { what: `a report of server ${node.name}`, seconds: 90, hint });
}

async function install(paths: LabPaths, target: ApiTarget, node: NodeRecord): Promise<NodeRecord> {
  const ordered = await orderServer(paths, target, node);
  // By standard input: the line carries the token, which must not be seen in a process list.
  await execInNode(paths, node.name, ['sh'], {
    input: `${ordered.installLine}\n`,
    seconds: 600,
    logFile: join(nodeDir(paths, node.name), 'install.log'),
    title: `the install line in ${node.name}`,
  });
  return saveNode(paths, { ...ordered.node, installed: true });
}

export async function enlist(paths: LabPaths, target: ApiTarget, node: NodeRecord, progress: Progress): Promise<void> {
  if (node.installed !== true) {
    progress(`${node.name}: running the install line`);
    await waitOnline(target, await install(paths, target, node), null);
    progress(`${node.name}: online`);
    return;
  }
  const server = await findServerById(target, node.serverId ?? '');
  if (server === undefined) {
    progress(`${node.name}: no server of this cluster any more; left alone`);
    return;
  }
  await upgrade(paths, target, node, progress);
  await waitOnline(target, node, server.lastSeenAt ?? null);
  progress(`${node.name}: online`);
}

/** The install script without a token brings the package up to date, as it would on an operator's machine. */
async function upgrade(paths: LabPaths, target: ApiTarget, node: NodeRecord, progress: Progress): Promise<void> {
  const script = await readInstallScript(target);
  const held = await tryExecInNode(paths, node.name, ['cat', '/var/lib/techulus/installed-package']);
  const place = readPlace(paths);
  if (place === undefined || script.includes(`DEB_SHA256=${held.stdout.trim()}\n`)) return;
  progress(`${node.name}: bringing its agent up to date`);
  await execInNode(paths, node.name, ['sh', '-s', '--', '--url', nodeApiUrl(place)], {
    input: script,
    seconds: 600,
    logFile: join(nodeDir(paths, node.name), 'install.log'),
    title: `the install script in ${node.name}`,
  });
}
