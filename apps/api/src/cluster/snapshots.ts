/**
 * The fold, written down now and then, so that a start reads the rest of the log instead of all of it. It is only ever a
 * shortcut: kept under the fold's version, believed when its own hash holds and the log has, at its position, the event
 * that it was made at; else the whole log is read.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type ClusterState, emptyCluster, FOLD_VERSION } from '@techulus/domain';
import type { EventStore, RowAccess } from '@techulus/event-store';
import { sha256Hex } from '@techulus/keys';
import { valueOf, valueText } from '../commands/value-text.ts';
import type { Log } from '../log.ts';

export const SNAPSHOTS = 'snapshot';
/** Beside each snapshot its position alone: what a process looks at before it makes another one. */
export const SNAPSHOT_MARKS = 'snapshot_mark';
const KEY = String(FOLD_VERSION);
/** Versions that a release before or beside this one may still write. */
const VERSIONS_KEPT = 2;

interface SnapshotRow {
  readonly position: number;
  /** Of the chain, at that position. */
  readonly hash: string;
  /** Of the text. */
  readonly digest: string;
  /** The state's text, gzip, base64. */
  readonly state: string;
}

export interface Snapshot {
  readonly state: ClusterState;
  readonly hash: string;
}

export interface SnapshotsParts {
  readonly store: EventStore;
  readonly log: Log;
  /** So many events after the last one the next is made. */
  readonly every: number;
}

export class Snapshots {
  constructor(private readonly parts: SnapshotsParts) {}

  get every(): number {
    return this.parts.every;
  }

  /** Undefined: there is none, or none to believe. */
  async load(): Promise<Snapshot | undefined> {
    const { store, log } = this.parts;
    try {
      const row = await store.rows.get<SnapshotRow>(SNAPSHOTS, KEY);
      return row === undefined ? undefined : await this.proven(row);
    } catch (error) {
      log.warn({ err: error }, 'the snapshot cannot be read; the whole log is');
      return undefined;
    }
  }

  /** One process makes it, of however many; `now` is called at the moment at which it is made. Answers its position. */
  async write(now: () => Snapshot): Promise<number> {
    const { result } = await this.parts.store.transact(async ({ rows }) => {
      const mark = await rows.getForUpdate<{ position: number }>(SNAPSHOT_MARKS, KEY);
      const { state, hash } = now();
      if (mark !== undefined && state.position - mark.position < this.parts.every) return mark.position;
      const { position } = state;
      const text = valueText(state); // before any await: text, position and hash are of one moment
      const zipped = (await promisify(gzip)(text, { level: 1 })).toString('base64');
      await rows.put(SNAPSHOTS, KEY, { position, hash, digest: sha256Hex(text), state: zipped } satisfies SnapshotRow);
      await rows.put(SNAPSHOT_MARKS, KEY, { position });
      await forgetOld(rows);
      return position;
    });
    return result;
  }

  private async proven({ position, hash, digest, state }: SnapshotRow): Promise<Snapshot> {
    const [event] = await this.parts.store.read({ after: position - 1, limit: 1 });
    if (event?.position !== position || event.hash !== hash) throw new Error('it is not of this log');
    const text = (await promisify(gunzip)(Buffer.from(state, 'base64'))).toString('utf8');
    if (sha256Hex(text) !== digest) throw new Error('it was changed');
    const folded = { ...emptyCluster(), ...(valueOf(text) as ClusterState) };
    if (folded.position !== position) throw new Error('it is of another position');
    return { state: folded, hash };
  }
}

async function forgetOld(rows: RowAccess): Promise<void> {
  for (const { key } of await rows.list(SNAPSHOT_MARKS)) {
    if (Number(key) > FOLD_VERSION - VERSIONS_KEPT) continue;
    await rows.delete(SNAPSHOTS, key);
    await rows.delete(SNAPSHOT_MARKS, key);
  }
}
