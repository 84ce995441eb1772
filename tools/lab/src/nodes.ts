/** What the lab remembers about each node: one folder, one node.json, kept over down and up. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { baseName } from './base-recipe.ts';
import { readJsonIfThere, writeJson } from './files.ts';
import type { LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import { runningFrom } from './process-identity.ts';
import { freeHost, maxNodes } from './subnet.ts';

export type NodeRole = 'worker' | 'proxy';

export interface NodeRecord {
  readonly name: string;
  readonly role: NodeRole;
  /** Last octet of its address. */
  readonly host: number;
  /** The base its disk lies over: a later recipe is for later nodes. */
  readonly base: string;
  /** Known to the control plane under this id. */
  readonly serverId?: string;
  /** The install line has run to its end in it. */
  readonly installed?: boolean;
}

export const nodeDir = (paths: LabPaths, name: string): string => join(paths.nodes, name);
const recordFile = (paths: LabPaths, name: string): string => join(nodeDir(paths, name), 'node.json');

/** PID 1 of a running node, as this machine sees it. */
export function nodePid(paths: LabPaths, name: string): number | undefined {
  return runningFrom(join(nodeDir(paths, name), 'pid'))?.pid;
}

export function listNodes(paths: LabPaths): NodeRecord[] {
  if (!existsSync(paths.nodes)) return [];
  const records = readdirSync(paths.nodes).map((name) => readJsonIfThere<NodeRecord>(recordFile(paths, name)));
  return records.filter((record) => record !== undefined).toSorted((a, b) => a.host - b.host);
}

export function findNode(paths: LabPaths, name: string): NodeRecord {
  const nodes = listNodes(paths);
  const node = nodes.find((each) => each.name === name);
  if (node !== undefined) return node;
  const known = nodes.map((each) => each.name).join(', ') || 'none yet';
  throw new LabProblem('unknown_node', `no node "${name}" in this lab (nodes: ${known})`);
}

export function saveNode(paths: LabPaths, node: NodeRecord): NodeRecord {
  writeJson(recordFile(paths, node.name), node);
  return node;
}

export function freeName(role: NodeRole, names: readonly string[]): string {
  for (let n = 1; ; n += 1) {
    if (!names.includes(`${role}-${n}`)) return `${role}-${n}`;
  }
}

export function createNode(paths: LabPaths, role: NodeRole, wanted?: string): NodeRecord {
  const nodes = listNodes(paths);
  const name =
    wanted ??
    freeName(
      role,
      nodes.map((node) => node.name),
    );
  if (nodes.some((node) => node.name === name))
    throw new LabProblem('name_taken', `there is already a node "${name}" in this lab`);
  const host = freeHost(nodes.map((node) => node.host));
  if (host === undefined)
    throw new LabProblem(
      'too_many_nodes',
      `a lab has at most ${maxNodes} nodes: the kernel's inotify instances end there`,
    );
  for (const part of ['upper', 'work', 'root', 'containers'])
    mkdirSync(join(nodeDir(paths, name), part), { recursive: true });
  return saveNode(paths, { name, role, host, base: baseName() });
}
