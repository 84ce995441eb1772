/** Machines of the lab beyond the three that every run has. */
import { readFileSync } from 'node:fs';
import { addNode, readLabJson, removeNode, tryExecInNode, type LabNode, type RunResult } from '@techulus/lab';
import type { CreatedServer } from '@techulus/api-client';
import { rest } from './rest.ts';
import type { Server } from './resources.ts';
import { waitFor } from './wait-for.ts';

export async function addWorker(name: string): Promise<LabNode> {
  const known = readLabJson().nodes.find((node) => node.name === name);
  return known ?? (await addNode('worker', { name }));
}

export async function createServer(name: string): Promise<CreatedServer> {
  return await rest.post<CreatedServer>('/servers', { name, role: 'worker' });
}

/** As an operator does it; by standard input, because the line carries the token. */
export async function runLine(node: string, { installLine }: CreatedServer): Promise<RunResult> {
  return await tryExecInNode(node, ['sh'], { input: `${installLine}\n`, seconds: 120 });
}

export async function removeServer(id: string, force = false): Promise<void> {
  await rest.delete(`/servers/${id}${force ? '?force=true' : ''}`);
  await waitFor(
    'its removal',
    () => rest.get<Server>(`/servers/${id}`),
    ({ status }) => status === 'removed',
  );
}

export async function throwAway(node: string): Promise<void> {
  if (readLabJson().nodes.some(({ name }) => name === node)) await removeNode(node);
}

/** A file of this machine, in that node. */
export async function copyInto(node: string, from: string, to: string): Promise<void> {
  const content = readFileSync(from).toString('base64');
  const { code, stderr } = await tryExecInNode(node, ['sh', '-c', `base64 -d > ${to}`], { input: content });
  if (code !== 0) throw new Error(`${from} could not be copied to ${node}: ${stderr}`);
}
