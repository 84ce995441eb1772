/**
 * `techulus-api restore --from FILE`: into an empty database, in a higher epoch. Servers take what an older log says only
 * because its epoch is higher; what runs and is not in that log stays, until the operator decides.
 */
import { mkdirSync } from 'node:fs';
import { deadlinesInMotion, EVENT_SCHEMAS, streamOf } from '@techulus/domain';
import { type BackupRecord, type Commit, StoreNotEmpty } from '@techulus/event-store';
import { systemTimers } from '@techulus/ports';
import { jobRequest } from '../commands/execute.ts';
import type { Config } from '../config.ts';
import { isServed } from '../log-commands.ts';
import type { Log } from '../log.ts';
import { type Database, openDatabase } from '../postgres/database.ts';
import { heardOnly, PRESENCE_ROWS, type PresenceRow } from '../presence/presence.ts';
import { projections } from '../projections/projections.ts';
import { Projector } from '../projections/projector.ts';
import { isoTime } from '../reading/time.ts';
import { readBackup } from './backup-file.ts';
import { type Inspected, inspectBackup } from './inspect.ts';
import { requireNoOtherKeys, writeKeyFiles } from './key-files.ts';

const EPOCH_STEP_MS = 10_000;

/**
 * Above the backup's, and by the time of day above that of every restore before: of two restores of one backup, the
 * servers must believe the later one. A generation's epoch has nine digits, so it counts tens of seconds.
 */
export function nextEpoch(epoch: number, now: number): number {
  return Math.max(epoch + 1, Math.floor(now / EPOCH_STEP_MS));
}

function restoredCommit({ at, cluster }: Inspected, epoch: number): Commit {
  const type = 'cluster.restored';
  const event = { type, schema: EVENT_SCHEMAS[type], data: { epoch, backupAt: at } };
  const stream = streamOf('cluster', 'main');
  return {
    appends: [{ stream, expectedVersion: cluster.clusterVersion, events: [event] }],
    jobs: deadlinesInMotion(cluster).map(jobRequest),
    meta: { actor: 'operator', because: 'techulus-api restore' },
  };
}

export async function restore(config: Config, log: Log, from: string): Promise<boolean> {
  if (isServed(config)) {
    throw new Error('a control plane runs on this state directory: stop it, and restore into a new one');
  }
  const inspected = await inspectBackup(from);
  requireNoOtherKeys(config.stateDirectory, inspected.keys);
  mkdirSync(config.stateDirectory, { recursive: true, mode: 0o711 });
  const database = await openDatabase(config, log);
  try {
    await restoreInto(database, { config, log, from, inspected });
    return true;
  } finally {
    await database.close();
  }
}

/** The records as a later control plane needs them. */
async function* forRestore(from: string): AsyncGenerator<BackupRecord> {
  for await (const record of readBackup(from, {})) {
    if (!('row' in record) || record.row.kind !== PRESENCE_ROWS) yield record;
    else yield { row: { ...record.row, value: heardOnly(record.row.value as PresenceRow) } };
  }
}

interface Order {
  readonly config: Config;
  readonly log: Log;
  readonly from: string;
  readonly inspected: Inspected;
}

/** The keys first: a database without them would be given new ones at its next start, and be lost. */
async function restoreInto({ store, orm, clock }: Database, { config, log, from, inspected }: Order): Promise<void> {
  if ((await store.head()).position > 0) throw notEmpty();
  writeKeyFiles(config.stateDirectory, inspected.keys);
  const epoch = nextEpoch(inspected.head.epoch, clock.now());
  const { position } = await store
    .restore(forRestore(from), { epoch, commit: restoredCommit(inspected, epoch) })
    .catch((error: unknown) => {
      throw error instanceof StoreNotEmpty ? notEmpty(error) : error;
    });
  // Here and not at the first start: the servers are not kept waiting for lists and history.
  await new Projector({ orm, store, projections, timers: systemTimers, log }).rebuild();
  const backup = { position: inspected.head.position, at: isoTime(inspected.at) };
  log.info(
    { from, backup, epoch, position },
    'restored; containers that the log does not know stay until POST /api/v1/cluster/adopt or .../stop-unknown',
  );
}

function notEmpty(cause?: Error): Error {
  const detail =
    'the database is not empty: a backup is restored into a new one only; set TECHULUS_STATE_DIR (or DATABASE_URL) to one';
  return new Error(detail, { cause });
}
