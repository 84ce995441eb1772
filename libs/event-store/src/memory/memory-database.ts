import type { Clock, Hash } from '@techulus/ports';
import { rowText } from '../canonical-json.ts';
import type { Commit, Committed, Head, ReadOptions, Row, StoredEvent } from '../event-store.ts';
import type { BackupRecord, Restore } from '../backup.ts';
import { StoreNotEmpty } from '../errors.ts';
import { GENESIS_HASH } from '../hash-chain.ts';
import { claimId, sealEvents, settleClaims } from '../sealing.ts';
import type { MemoryJobs } from './memory-jobs.ts';
import { RowLocks } from './row-locks.ts';

/** A row that a transaction has written: its JSON text, or null where it was deleted. */
export type RowWrites = ReadonlyMap<string, { kind: string; key: string; text: string | null }>;

/**
 * What outlives a process: the twin of the PostgreSQL server. Several stores (one per simulated process) can be opened
 * on one database. Rows are kept as JSON text, so nobody shares an object with anybody.
 */
export class MemoryDatabase {
  readonly locks = new RowLocks();
  private readonly events: StoredEvent[] = [];
  private readonly streams = new Map<string, StoredEvent[]>();
  /** claimId → the stream that holds it. */
  private readonly claims = new Map<string, string>();
  private readonly rows = new Map<string, Map<string, string>>();
  private readonly listeners = new Set<(position: number) => void>();
  private epoch = 1;

  readonly clock: Clock;
  readonly hash: Hash;
  readonly jobs: MemoryJobs;

  constructor(clock: Clock, hash: Hash, jobs: MemoryJobs) {
    this.clock = clock;
    this.hash = hash;
    this.jobs = jobs;
  }

  /** All of it, or, when a version or claim does not hold at this moment, none of it. Never interrupted. */
  apply(commits: readonly Commit[], writes: RowWrites): Committed {
    const named = commits.flatMap(({ appends }) => appends.map(({ stream }) => stream));
    const versions = new Map(named.map((stream) => [stream, this.streams.get(stream)?.length ?? 0]));
    const sealed = sealEvents(commits, { ...this.tip(), versions, at: this.clock.now() }, this.hash);
    const changes = settleClaims(commits, this.claims);
    for (const key of changes.released) this.claims.delete(claimId(key));
    for (const claim of changes.claimed) this.claims.set(claimId(claim), claim.stream);
    for (const event of sealed) this.store(event);
    for (const write of writes.values()) this.write(write.kind, write.key, write.text);
    this.jobs.enqueue(commits.flatMap((commit) => commit.jobs ?? []));
    const { position } = this.tip();
    if (sealed.length > 0) for (const listener of this.listeners) listener(position);
    return { events: sealed, position };
  }

  read({ after, limit, stream }: ReadOptions): StoredEvent[] {
    // Positions have no gaps, so the log is indexed by them; a stream is searched.
    if (stream === undefined) return this.events.slice(after, after + limit);
    return (this.streams.get(stream) ?? []).filter((event) => event.position > after).slice(0, limit);
  }

  head(): Head {
    return { ...this.tip(), epoch: this.epoch };
  }

  row(kind: string, key: string): string | undefined {
    return this.rows.get(kind)?.get(key);
  }

  rowsOf(kind: string): Row<string>[] {
    return [...(this.rows.get(kind) ?? [])].map(([key, value]) => ({ key, value }));
  }

  /** Everything but the rows of these kinds. */
  records(leaveOut: readonly string[]): BackupRecord[] {
    const rows = [...this.rows].filter(([kind]) => !leaveOut.includes(kind));
    return [
      ...this.events.map((event) => ({ event })),
      ...[...this.claims].map(([id, stream]) => {
        const [kind = '', key = ''] = JSON.parse(id) as string[];
        return { claim: { kind, key, stream } };
      }),
      ...rows.flatMap(([kind, values]) =>
        [...values].map(([key, text]) => ({ row: { kind, key, value: JSON.parse(text) as unknown } })),
      ),
    ];
  }

  load(records: readonly BackupRecord[], { epoch, commit }: Restore): Committed {
    if (this.events.length > 0 || this.rows.size > 0) throw new StoreNotEmpty();
    for (const record of records) {
      if ('event' in record) this.store(record.event);
      else if ('claim' in record) this.claims.set(claimId(record.claim), record.claim.stream);
      else this.write(record.row.kind, record.row.key, rowText(record.row.value));
    }
    try {
      const committed = this.apply([commit], new Map());
      this.epoch = epoch;
      return committed;
    } catch (error) {
      this.events.length = 0;
      for (const map of [this.streams, this.claims, this.rows]) map.clear();
      throw error;
    }
  }

  onCommit(listener: (position: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tip(): { position: number; hash: string } {
    return { position: this.events.length, hash: this.events.at(-1)?.hash ?? GENESIS_HASH };
  }

  private store(event: StoredEvent): void {
    this.events.push(event);
    const stream = this.streams.get(event.stream);
    if (stream) stream.push(event);
    else this.streams.set(event.stream, [event]);
  }

  private write(kind: string, key: string, text: string | null): void {
    const rows = this.rows.get(kind) ?? new Map<string, string>();
    this.rows.set(kind, rows);
    if (text === null) rows.delete(key);
    else rows.set(key, text);
  }
}
