/**
 * Cutting a node off. Drops are rules of the node's own network namespace, in a table no one else uses; "all" takes its
 * cable out on the host's side, which leaves its addresses and routes alone. What is cut stays cut over a reboot.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from './files.ts';
import { gatewayOf, type Place } from './network.ts';
import { execInNode, tryExecInNode } from './node-exec.ts';
import { setLink } from './node-power.ts';
import { nodeDir, nodePid, type NodeRecord } from './nodes.ts';
import type { LabPaths } from './paths.ts';
import { addressIn, subnetOf } from './subnet.ts';

export type PartitionFrom = 'api' | 'nodes' | 'all';

export interface Addresses {
  readonly own: string;
  readonly gateway: string;
  readonly subnet: string;
}

/** An nftables file that cuts traffic with the gateway (control plane, registry) or with the other nodes. Pure. */
export function renderPartition(from: 'api' | 'nodes', addresses: Addresses): string {
  const { own, gateway, subnet } = addresses;
  const cut = {
    api: [`ip saddr ${gateway} drop`, `ip daddr ${gateway} drop`],
    nodes: [
      ...[`ip saddr { ${own}, ${gateway} } ip daddr { ${own}, ${gateway} } accept`],
      ...[`ip saddr ${subnet} drop`, `ip daddr ${subnet} drop`],
    ],
  }[from];
  const chain = (hook: string): string[] => [
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority -300; policy accept;`,
    ...cut.map((rule) => `    ${rule}`),
    '  }',
  ];
  const table = ['table inet lab {', ...['input', 'output', 'forward'].flatMap(chain), '}'];
  return `table inet lab\ndelete table inet lab\n${table.join('\n')}\n`;
}

const rulesFile = (paths: LabPaths, name: string): string => join(nodeDir(paths, name), 'partition.nft');
const linkFile = (paths: LabPaths, name: string): string => join(nodeDir(paths, name), 'link-down');

export async function partitionNode(
  paths: LabPaths,
  place: Place,
  node: NodeRecord,
  from: PartitionFrom,
): Promise<void> {
  if (from === 'all') {
    writeFileWhole(linkFile(paths, node.name), '');
    if (nodePid(paths, node.name) !== undefined) await setLink(paths, place, node, 'down');
    return;
  }
  const addresses = {
    own: addressIn(place.subnet, node.host),
    gateway: gatewayOf(place),
    subnet: subnetOf(place.subnet),
  };
  const rules = renderPartition(from, addresses);
  writeFileWhole(rulesFile(paths, node.name), rules);
  if (nodePid(paths, node.name) !== undefined) await execInNode(paths, node.name, ['nft', '-f', '-'], { input: rules });
}

/** Heals every cut, also of a node that has none. */
export async function healNode(paths: LabPaths, place: Place, node: NodeRecord): Promise<void> {
  rmSync(rulesFile(paths, node.name), { force: true });
  rmSync(linkFile(paths, node.name), { force: true });
  if (nodePid(paths, node.name) === undefined) return;
  await tryExecInNode(paths, node.name, ['nft', 'delete', 'table', 'inet', 'lab']);
  await setLink(paths, place, node, 'up');
}
