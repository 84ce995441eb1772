/** /var/lib/techulus/status.json: what `techulus-agent status` and `doctor` read. */
import { rename, writeFile } from 'node:fs/promises';
import type { StatusReport } from '@techulus/contract';

export interface AgentStatus {
  readonly schema: 1;
  readonly pid: number;
  readonly serverId: string;
  readonly name: string;
  readonly subnetId: number;
  readonly role: 'proxy' | 'worker';
  readonly controlPlanes: readonly string[];
  /** When the control plane last received a report; milliseconds since the epoch, null before. */
  readonly lastReceivedAt: number | null;
  readonly removed: boolean;
  readonly report: StatusReport;
}

let writing: Promise<void> = Promise.resolve();

async function write(path: string, status: AgentStatus): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: 0o640 });
  await rename(`${path}.new`, path);
}

/**
 * Renamed into place, but not fsynced: it is written every few seconds and worth nothing after a power cut. One after
 * another, or two of them would rename one file.
 */
export function writeStatus(path: string, status: AgentStatus): Promise<void> {
  writing = writing.catch(() => undefined).then(() => write(path, status));
  return writing;
}
