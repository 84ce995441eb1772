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

/** The line that the control plane answers for a new server, run in the machine as an operator does. */
export async function runInstallLine(node: string, server: string): Promise<RunResult & { readonly id: string }> {
  const created = await rest.post<CreatedServer>('/servers', { name: server, role: 'worker' });
  const ended = await tryExecInNode(node, ['sh'], { input: `${created.installLine}\n`, seconds: 120 });
  return { ...ended, id: created.id };
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
