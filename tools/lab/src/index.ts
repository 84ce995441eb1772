/**
 * The lab as a library, for `npm start` and the end-to-end tests. Every function works on the lab of this checkout unless
 * it is given another's paths (labPaths), and throws LabProblem with one line that says what to do.
 */
import {
  killControlPlane as killApi,
  startControlPlane as startApi,
  stopControlPlane as stopApi,
  type ApiJson,
} from './control-plane.ts';
import { killInNode as killUnit, type Killable } from './faults.ts';
import { add, down, remove, up } from './lab.ts';
import { readLabJson as readJson, writeLabJson, type LabJson, type LabNode } from './lab-json.ts';
import { readPlace, type Place } from './network.ts';
import { attachInNode, execInNode as exec, tryExecInNode as tryExec } from './node-exec.ts';
import { bootNode as boot, crashNode as crash, rebootNode as reboot } from './node-power.ts';
import { findNode, type NodeRole } from './nodes.ts';
import { healNode as heal, partitionNode as partition, type PartitionFrom } from './partition.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import type { Progress } from './progress.ts';
import { labRemains as remains } from './remains.ts';
import type { RunOptions, RunResult } from './run.ts';

export { agentDeb, apiUrl } from './control-plane.ts';
export { buildImage, type Image, type ImageRecipe } from './images/oci-image.ts';
export { pushImage } from './images/push.ts';
export { labPaths, LabProblem };
export type { ApiJson, Killable, LabJson, LabNode, LabPaths, NodeRole, PartitionFrom, Progress, RunOptions, RunResult };

interface OfLab {
  readonly paths?: LabPaths;
}

interface WithProgress extends OfLab {
  readonly onProgress?: Progress;
}

export interface LabUpOptions extends WithProgress {
  readonly workers?: number;
  readonly proxies?: number;
  readonly controlPlane?: boolean;
}

const silent: Progress = () => undefined;

function placed(options: OfLab): { paths: LabPaths; place: Place } {
  const paths = options.paths ?? labPaths();
  const place = readPlace(paths);
  if (place === undefined)
    throw new LabProblem('no_lab', 'there is no lab in this checkout: start one with `npm run lab -- up`');
  return { paths, place };
}

export async function labUp(options: LabUpOptions = {}): Promise<LabJson> {
  const { workers = 2, proxies = 1, controlPlane = true, onProgress = silent } = options;
  return await up(options.paths ?? labPaths(), { workers, proxies, controlPlane, progress: onProgress });
}

/** Keeps the data. Called while a labUp of this process is under way, it interrupts that first. */
export async function labDown(options: WithProgress & { readonly purge?: boolean } = {}): Promise<void> {
  await down(options.paths ?? labPaths(), { purge: options.purge ?? false, progress: options.onProgress ?? silent });
}

export function readLabJson(options: OfLab = {}): LabJson {
  return readJson(options.paths ?? labPaths());
}

/** What the lab still holds of the machine: processes, mounts, interfaces, cgroups. Empty after labDown. */
export async function labRemains(options: OfLab = {}): Promise<string[]> {
  const { paths, place } = placed(options);
  return await remains(paths, place);
}

export async function addNode(
  role: NodeRole,
  options: WithProgress & { readonly name?: string } = {},
): Promise<LabNode> {
  const { paths, place } = placed(options);
  const before = new Set(readJson(paths).nodes.map((node) => node.name));
  const lab = await add(paths, place, role, options.name, options.onProgress ?? silent);
  const added = lab.nodes.find((node) => !before.has(node.name));
  if (added === undefined) throw new LabProblem('not_added', 'the new node is not in lab.json');
  return added;
}

/** Shuts the machine down and throws its disk away. Removing the server from the cluster is done over REST, before. */
export async function removeNode(node: string, options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await remove(paths, place, findNode(paths, node));
}

/** Standard output; throws when the command fails. */
export async function execInNode(
  node: string,
  command: readonly string[],
  options: RunOptions & OfLab = {},
): Promise<string> {
  const { paths } = placed(options);
  return await exec(paths, findNode(paths, node).name, command, options);
}

/** Exit code, standard output and error, whatever they are. */
export async function tryExecInNode(
  node: string,
  command: readonly string[],
  options: RunOptions & OfLab = {},
): Promise<RunResult> {
  const { paths } = placed(options);
  return await tryExec(paths, findNode(paths, node).name, command, options);
}

/** With this process's own standard streams; answers the exit code. */
export async function attachToNode(node: string, command: readonly string[], options: OfLab = {}): Promise<number> {
  const { paths } = placed(options);
  return await attachInNode(paths, findNode(paths, node).name, command);
}

export async function killInNode(node: string, what: Killable, options: OfLab = {}): Promise<void> {
  const { paths } = placed(options);
  await killUnit(paths, findNode(paths, node), what);
}

export async function partitionNode(node: string, from: PartitionFrom = 'all', options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await partition(paths, place, findNode(paths, node), from);
}

export async function healNode(node: string, options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await heal(paths, place, findNode(paths, node));
}

/** Back when systemd has booted again. One that is off is booted. */
export async function rebootNode(node: string, options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await reboot(paths, place, findNode(paths, node));
  await writeLabJson(paths, place);
}

/** Off at once, as by a pulled plug, and stays off until bootNode. */
export async function crashNode(node: string, options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await crash(paths, place, findNode(paths, node));
  await writeLabJson(paths, place);
}

export async function bootNode(node: string, options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await boot(paths, place, findNode(paths, node));
  await writeLabJson(paths, place);
}

/** The journal of the agent and its DNS, newest last. */
export async function nodeLogs(node: string, options: OfLab & { readonly lines?: number } = {}): Promise<string> {
  const units = ['-u', 'techulus-agent', '-u', 'techulus-dns'];
  return await execInNode(node, ['journalctl', '--no-pager', '-n', String(options.lines ?? 200), ...units], options);
}

export async function startControlPlane(options: OfLab = {}): Promise<ApiJson> {
  const { paths, place } = placed(options);
  const api = await startApi(paths, place);
  await writeLabJson(paths, place);
  return api;
}

export async function stopControlPlane(options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await stopApi(paths);
  await writeLabJson(paths, place);
}

/** kill -9; its embedded PostgreSQL ends with it. */
export async function killControlPlane(options: OfLab = {}): Promise<void> {
  const { paths, place } = placed(options);
  await killApi(paths);
  await writeLabJson(paths, place);
}
