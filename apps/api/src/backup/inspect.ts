/** What a backup holds, proven before anything is written: the whole file, the chain, the keys, the fold. */
import { type ClusterState, emptyCluster, evolve } from '@techulus/domain';
import { type BackupRow, type Head, type StoredEvent, verifyChain } from '@techulus/event-store';
import { systemHash, systemRandom } from '@techulus/ports';
import { recorded } from '../cluster/event-types.ts';
import { KEY_CHECK_ROWS, requireOpens } from '../keys/key-check.ts';
import { MASTER_KEY_FILE, MasterKey } from '../keys/master-key.ts';
import { type BackupFrame, BackupInvalid, type KeyFiles, readBackup } from './backup-file.ts';
import { isComplete } from './key-files.ts';

export interface Inspected {
  readonly at: number;
  readonly head: Head;
  readonly keys: KeyFiles;
  readonly cluster: ClusterState;
}

async function* events(path: string, frame: BackupFrame, onRow: (row: BackupRow) => void): AsyncGenerator<StoredEvent> {
  for await (const record of readBackup(path, frame)) {
    if ('event' in record) yield record.event;
    else if ('row' in record) onRow(record.row);
  }
}

async function verify(path: string): Promise<Omit<Inspected, 'cluster'>> {
  const frame: BackupFrame = {};
  const rows: BackupRow[] = [];
  const verified = await verifyChain(
    events(path, frame, (row) => void (row.kind === KEY_CHECK_ROWS && rows.push(row))),
    systemHash,
  );
  if (!verified.ok) {
    throw new BackupInvalid(path, `its log was changed: the chain breaks at ${verified.position} (${verified.reason})`);
  }
  const { header, keys, end } = frame;
  if (header === undefined || end === undefined || !isComplete(keys))
    throw new BackupInvalid(path, 'its keys are missing');
  const { head } = end;
  if (verified.head.position !== head.position || verified.head.hash !== head.hash)
    throw new BackupInvalid(path, `its log ends at ${verified.head.position}, not at ${head.position}`);
  const masterKey = new MasterKey(Buffer.from(keys[MASTER_KEY_FILE] ?? '', 'base64'), systemRandom);
  for (const { value } of rows) requireOpens(masterKey, value);
  return { at: header.at, head, keys };
}

/** An event that this release does not know ends it: the control plane could not start on it. */
async function foldOf(path: string): Promise<ClusterState> {
  const cluster = emptyCluster();
  for await (const event of events(path, {}, () => undefined)) evolve(cluster, recorded(event));
  return cluster;
}

export async function inspectBackup(path: string): Promise<Inspected> {
  return { ...(await verify(path)), cluster: await foldOf(path) };
}
