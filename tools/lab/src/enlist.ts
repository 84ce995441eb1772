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
  renewInstallLine,
  type ApiTarget,
  type ServerResource,
} from './control-plane-client.ts';
import { execInNode } from './node-exec.ts';
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

async function wasRemoved(target: ApiTarget, node: NodeRecord): Promise<boolean> {
  return node.installed === true && (await findServerById(target, node.serverId ?? '')) === undefined;
}

export async function waitOnline(target: ApiTarget, node: NodeRecord): Promise<ServerResource> {
  let seen = 'nothing';
  const look = async (): Promise<ServerResource | undefined> => {
    const server = await getServer(target, node.serverId ?? '');
    seen = server.status;
    return seen === 'online' ? server : undefined;
  };
  const hint = (): string => `the control plane says "${seen}"; read \`npm run lab -- logs ${node.name}\``;
  return await waitUntil(look, { what: `server ${node.name} to be online`, seconds: 90, hint });
}

export async function enlist(
  paths: LabPaths,
  target: ApiTarget,
  node: NodeRecord,
  progress: Progress,
): Promise<NodeRecord> {
  if (await wasRemoved(target, node)) {
    progress(`${node.name}: no server of this cluster any more; left alone`);
    return node;
  }
  let enlisted = node;
  if (node.installed !== true) {
    progress(`${node.name}: running the install line`);
    const ordered = await orderServer(paths, target, node);
    const logFile = join(nodeDir(paths, node.name), 'install.log');
    // By standard input: the line carries the token, which must not be seen in a process list.
    await execInNode(paths, node.name, ['sh'], {
      input: `${ordered.installLine}\n`,
      seconds: 600,
      logFile,
      title: `the install line in ${node.name}`,
    });
    enlisted = saveNode(paths, { ...ordered.node, installed: true });
  }
  await waitOnline(target, enlisted);
  progress(`${node.name}: online`);
  return enlisted;
}
