/** `.lab/lab.json` says where everything is, for tests and scripts. Always written whole from what is, never edited. */
import { getServer } from './control-plane-client.ts';
import { adminToken, apiTarget, apiUrl, nodeApiUrl, runningApi } from './control-plane.ts';
import { readJsonIfThere, writeJson } from './files.ts';
import { readPlace, type Place } from './network.ts';
import { listNodes, nodePid, type NodeRecord, type NodeRole } from './nodes.ts';
import type { LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import { registryAddress } from './registry.ts';
import { addressIn } from './subnet.ts';

export interface LabNode {
  readonly name: string;
  readonly role: NodeRole;
  readonly serverId: string | null;
  readonly subnetId: number | null;
  readonly address: string;
  /** The node's PID 1 as this machine sees it; null while it is off. */
  readonly pid: number | null;
}

export interface LabJson {
  readonly apiUrl: string;
  readonly nodeApiUrl: string;
  readonly adminToken: string | null;
  readonly registry: string;
  readonly api: readonly { readonly pid: number; readonly url: string }[];
  readonly postgres: { readonly pid: number; readonly url: string } | null;
  readonly nodes: readonly LabNode[];
}

function withProcesses(paths: LabPaths, place: Place, lab: LabJson): LabJson {
  const api = runningApi(paths);
  return {
    ...lab,
    adminToken: adminToken(paths) ?? null,
    api: api === undefined ? [] : [{ pid: api.pid, url: apiUrl(place) }],
    postgres: api?.postgres ?? null,
    nodes: lab.nodes.map((node) => ({ ...node, pid: nodePid(paths, node.name) ?? null })),
  };
}

/** Null while the control plane cannot say: where everything is must be written also when it is in trouble. */
async function subnetIdOf(paths: LabPaths, place: Place, node: NodeRecord): Promise<number | null> {
  if (node.serverId === undefined || runningApi(paths) === undefined) return null;
  const server = await getServer(apiTarget(paths, place), node.serverId).catch(() => undefined);
  return server?.subnetId ?? null;
}

/** A subnet never changes, so one that is known is kept while nobody can be asked. */
export async function writeLabJson(paths: LabPaths, place: Place): Promise<LabJson> {
  const before = readJsonIfThere<LabJson>(paths.labJson);
  const known = (name: string): number | null => before?.nodes.find((node) => node.name === name)?.subnetId ?? null;
  const nodes = await Promise.all(
    listNodes(paths).map(async (node) => ({
      name: node.name,
      role: node.role,
      serverId: node.serverId ?? null,
      subnetId: (await subnetIdOf(paths, place, node)) ?? known(node.name),
      address: addressIn(place.subnet, node.host),
      pid: null,
    })),
  );
  const urls = { apiUrl: apiUrl(place), nodeApiUrl: nodeApiUrl(place), registry: registryAddress(place) };
  const lab = withProcesses(paths, place, { ...urls, adminToken: null, api: [], postgres: null, nodes });
  writeJson(paths.labJson, lab, 0o600);
  return lab;
}

/** With the processes of this moment: a node that rebooted by itself has another PID 1 than the file says. */
export function readLabJson(paths: LabPaths): LabJson {
  const lab = readJsonIfThere<LabJson>(paths.labJson);
  const place = readPlace(paths);
  if (lab === undefined || place === undefined)
    throw new LabProblem('no_lab', 'there is no lab in this checkout: start one with `npm run lab -- up`');
  return withProcesses(paths, place, lab);
}
