import { execInNode } from './node-exec.ts';
import type { NodeRecord } from './nodes.ts';
import type { LabPaths } from './paths.ts';

export const killable = ['agent', 'dns', 'podman'] as const;
export type Killable = (typeof killable)[number];

const units: Readonly<Record<Killable, string>> = {
  agent: 'techulus-agent.service',
  dns: 'techulus-dns.service',
  podman: 'podman.service',
};

/** kill -9 of the process itself; whoever brings it back is systemd's business. */
export async function killInNode(paths: LabPaths, node: NodeRecord, what: Killable): Promise<void> {
  await execInNode(paths, node.name, ['systemctl', 'kill', '--kill-whom=main', '--signal=KILL', units[what]]);
}
