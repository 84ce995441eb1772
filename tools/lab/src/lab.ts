/** Bringing a lab up, step by step, and down again. Each step looks before it acts, so an interrupted one is just continued. */
import { rmSync } from 'node:fs';
import { ensureBase } from './base.ts';
import { cancellable, currentSignal } from './cancellation.ts';
import { allowPlainRegistry } from './control-plane-client.ts';
import { apiTarget, startControlPlane, stopControlPlane } from './control-plane.ts';
import { enlist } from './enlist.ts';
import { demoImages } from './images/catalog.ts';
import { pushImage } from './images/push.ts';
import { writeLabJson, type LabJson } from './lab-json.ts';
import { takeLock, type HeldLock } from './lock.ts';
import {
  ensureBridge,
  ensurePlace,
  firewallWarning,
  forgetPlace,
  readPlace,
  removeBridge,
  type Place,
} from './network.ts';
import { bootNode, shutDownNode } from './node-power.ts';
import { createNode, listNodes, nodeDir, type NodeRecord, type NodeRole } from './nodes.ts';
import type { LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import type { Progress } from './progress.ts';
import { ensureRegistryProgram, registryAddress, startRegistry, stopRegistry } from './registry.ts';
import { labRemains } from './remains.ts';
import { requireMachine, requireRoot } from './requirements.ts';
import { waitUntil } from './wait-until.ts';

export interface UpOptions {
  /** Fewer than there are already take nothing away. */
  readonly workers: number;
  readonly proxies: number;
  /** Without: bare nodes and a registry. */
  readonly controlPlane: boolean;
  readonly progress: Progress;
}

export interface DownOptions {
  readonly purge: boolean;
  readonly progress: Progress;
}

/** The `up` or `add` that this process is at, so that its own `down` can interrupt it. */
let underWay: { readonly abort: AbortController; readonly done: Promise<unknown> } | undefined;

async function lockLab(paths: LabPaths, waitSeconds: number): Promise<HeldLock> {
  const lock = await takeLock(paths.lock, waitSeconds);
  if (lock !== undefined) return lock;
  throw new LabProblem(
    'lab_busy',
    `another lab command is at work in this checkout (it holds ${paths.lock}): wait for it, or end it`,
  );
}

async function exclusively<T>(paths: LabPaths, work: () => Promise<T>): Promise<T> {
  const lock = await lockLab(paths, 0);
  const abort = new AbortController();
  const done = cancellable(abort.signal, work);
  const mine = { abort, done: done.catch(() => undefined) };
  underWay = mine;
  try {
    return await done;
  } finally {
    if (underWay === mine) underWay = undefined;
    await lock.release();
  }
}

/** Ends the `up` or `add` of this process, if one is under way, and waits until it has let go. */
export async function interrupt(): Promise<void> {
  underWay?.abort.abort(
    new LabProblem('interrupted', 'interrupted; `npm run lab -- up` goes on from here, `down` clears away'),
  );
  await underWay?.done;
}

function createMissing(paths: LabPaths, role: NodeRole, count: number): void {
  for (let have = listNodes(paths).filter((node) => node.role === role).length; have < count; have += 1)
    createNode(paths, role);
}

async function serveImages(paths: LabPaths, place: Place, base: string, progress: Progress): Promise<void> {
  progress('registry: starting, and pushing the demo and test images');
  const registry = await startRegistry(paths, place);
  for (const image of demoImages(`${base}/bin/busybox`)) await pushImage(registry, image);
}

async function boot(paths: LabPaths, place: Place, nodes: readonly NodeRecord[], progress: Progress): Promise<void> {
  progress(`nodes: booting ${nodes.map((node) => node.name).join(', ')}`);
  await Promise.all(nodes.map(async (node) => await bootNode(paths, place, node)));
}

async function enlistAll(
  paths: LabPaths,
  place: Place,
  nodes: readonly NodeRecord[],
  progress: Progress,
): Promise<void> {
  const target = apiTarget(paths, place);
  const results = await Promise.allSettled(nodes.map(async (node) => await enlist(paths, target, node, progress)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  await allowPlainRegistry(target, registryAddress(place));
}

async function bringUp(paths: LabPaths, options: UpOptions): Promise<LabJson> {
  const { progress } = options;
  await requireMachine(paths, progress);
  const base = await ensureBase(progress);
  await ensureRegistryProgram(progress);
  const place = await ensurePlace(paths);
  await ensureBridge(place);
  const warning = await firewallWarning(place);
  if (warning !== undefined) progress(`warning: ${warning}`);
  await serveImages(paths, place, base, progress);
  createMissing(paths, 'proxy', options.proxies);
  createMissing(paths, 'worker', options.workers);
  if (options.controlPlane) {
    // Before the nodes, so that their agents' first question is answered.
    progress('control plane: starting');
    await startControlPlane(paths, place);
  }
  await boot(paths, place, listNodes(paths), progress);
  const bare = await writeLabJson(paths, place);
  if (!options.controlPlane) return bare;
  await enlistAll(paths, place, listNodes(paths), progress);
  return await writeLabJson(paths, place);
}

export async function up(paths: LabPaths, options: UpOptions): Promise<LabJson> {
  requireRoot();
  return await exclusively(paths, async () => await bringUp(paths, options));
}

export async function add(
  paths: LabPaths,
  place: Place,
  role: NodeRole,
  name: string | undefined,
  progress: Progress,
): Promise<LabJson> {
  return await exclusively(paths, async () => {
    const node = createNode(paths, role, name);
    await boot(paths, place, [node], progress);
    currentSignal()?.throwIfAborted();
    const lab = await writeLabJson(paths, place);
    if (lab.api.length === 0) return lab;
    await enlistAll(paths, place, [node], progress);
    return await writeLabJson(paths, place);
  });
}

/** The machine alone: what the cluster makes of a server that is gone is the operator's to say. */
export async function remove(paths: LabPaths, place: Place, node: NodeRecord): Promise<LabJson> {
  return await exclusively(paths, async () => {
    await shutDownNode(paths, place, node);
    rmSync(nodeDir(paths, node.name), { recursive: true, force: true });
    return await writeLabJson(paths, place);
  });
}

async function takeDown(paths: LabPaths, place: Place, progress: Progress): Promise<void> {
  // First the one that watches: it must not take its nodes' shutdown for a loss of servers.
  progress('control plane: stopping');
  await stopControlPlane(paths);
  progress('nodes: shutting down');
  await Promise.all(listNodes(paths).map(async (node) => await shutDownNode(paths, place, node)));
  await stopRegistry(paths);
  await removeBridge(place);
  let left: string[] = [];
  const nothingLeft = async (): Promise<boolean> => {
    left = await labRemains(paths, place);
    return left.length === 0;
  };
  await waitUntil(nothingLeft, {
    what: 'nothing of the lab to be left',
    seconds: 20,
    hint: () => `left: ${left.join('; ')}`,
  });
}

async function takeDownAlone(paths: LabPaths, place: Place, options: DownOptions): Promise<void> {
  const lock = await lockLab(paths, 60);
  try {
    await takeDown(paths, place, options.progress);
    if (!options.purge) await writeLabJson(paths, place);
  } finally {
    await lock.release();
  }
}

export async function down(paths: LabPaths, options: DownOptions): Promise<void> {
  requireRoot();
  await interrupt();
  const place = readPlace(paths);
  if (place === undefined) options.progress('no lab in this checkout');
  else await takeDownAlone(paths, place, options);
  if (!options.purge) return;
  forgetPlace(paths);
  rmSync(paths.lab, { recursive: true, force: true });
}
