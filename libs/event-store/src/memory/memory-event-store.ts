import type { Clock, Timers } from '@techulus/ports';
import { rowText } from '../canonical-json.ts';
import type {
  Commit,
  CommitPoints,
  Committed,
  EventStore,
  Head,
  OnEvents,
  ReadOptions,
  Row,
  RowAccess,
  RisingRow,
  RowReader,
  StoredEvent,
  Subscription,
  Transaction,
} from '../event-store.ts';
import type { BackupRecord, BackupStore, Restore } from '../backup.ts';
import { LogFollower } from '../log-follower.ts';
import type { MemoryDatabase, RowWrites } from './memory-database.ts';

export interface MemoryEventStoreOptions {
  database: MemoryDatabase;
  clock: Clock;
  timers: Timers;
  points?: CommitPoints;
}

/** One process's view of a MemoryDatabase. */
export class MemoryEventStore implements EventStore, BackupStore {
  readonly rows: RowReader;
  private readonly database: MemoryDatabase;
  private readonly open = new Set<MemoryTransaction>();
  private readonly subscriptions = new Set<Subscription>();
  private crashed = false;

  private readonly options: MemoryEventStoreOptions;

  constructor(options: MemoryEventStoreOptions) {
    this.options = options;
    this.database = options.database;
    this.rows = new CommittedRows(this.database);
  }

  async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<{ result: T; committed: Committed }> {
    this.requireAlive();
    const tx = new MemoryTransaction(this.database);
    this.open.add(tx);
    let result: T;
    let committed: Committed;
    try {
      result = await work(tx);
      await this.options.points?.beforeCommit?.();
      this.requireAlive();
      committed = this.database.apply(tx.end(), tx.rows.writes);
    } finally {
      this.rollBack(tx); // after a commit there is nothing left but its locks
    }
    await this.options.points?.afterCommit?.(committed);
    return { result, committed };
  }

  async append(commit: Commit): Promise<Committed> {
    const { committed } = await this.transact(async (tx) => tx.commit(commit));
    return committed;
  }

  async putRising({ kind, key, value, rises }: RisingRow): Promise<boolean> {
    const number = (row: object): number => Number((row as Record<string, unknown>)[rises]);
    const { result } = await this.transact(async ({ rows }) => {
      const known = await rows.getForUpdate<object>(kind, key);
      if (known !== undefined && number(known) >= number(value)) return false;
      await rows.put(kind, key, value);
      return true;
    });
    return result;
  }

  read(options: ReadOptions): Promise<StoredEvent[]> {
    return Promise.resolve(this.database.read(options));
  }

  head(): Promise<Head> {
    return Promise.resolve(this.database.head());
  }

  async backUp(leaveOut: readonly string[], write: (record: BackupRecord) => Promise<void>): Promise<Head> {
    const head = this.database.head();
    for (const record of this.database.records(leaveOut)) await write(record);
    return head;
  }

  async restore(records: AsyncIterable<BackupRecord>, restore: Restore): Promise<Committed> {
    const all: BackupRecord[] = [];
    for await (const record of records) all.push(record);
    return this.database.load(all, restore);
  }

  subscribe(after: number, onEvents: OnEvents): Subscription {
    const { clock, timers } = this.options;
    const source = {
      read: (options: ReadOptions) => this.read(options),
      onWake: (listener: (position: number) => void) => this.database.onCommit(listener),
    };
    const subscription = new LogFollower(source, { after, onEvents, clock, timers });
    this.subscriptions.add(subscription);
    return subscription;
  }

  /** As kill -9 of the process, seen from the server: open transactions are rolled back, their locks are free. */
  crash(): void {
    this.crashed = true;
    for (const tx of this.open) this.rollBack(tx);
    for (const subscription of this.subscriptions) void subscription.close();
  }

  private rollBack(tx: MemoryTransaction): void {
    tx.end();
    this.open.delete(tx);
    this.database.locks.releaseAll(tx);
  }

  private requireAlive(): void {
    if (this.crashed) throw new Error('this process was killed');
  }
}

class MemoryTransaction implements Transaction {
  readonly rows: TransactionRows;
  private readonly commits: Commit[] = [];
  private ended = false;

  constructor(database: MemoryDatabase) {
    this.rows = new TransactionRows(database, this);
  }

  commit(commit: Commit): void {
    if (this.ended) throw new Error('this transaction has ended: nothing can be committed in it any more');
    this.commits.push(commit);
  }

  end(): readonly Commit[] {
    this.ended = true;
    return this.commits;
  }
}

class CommittedRows implements RowReader {
  protected readonly database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.database = database;
  }

  async get<T>(kind: string, key: string): Promise<T | undefined> {
    const text = this.textOf(kind, key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async list<T>(kind: string): Promise<Row<T>[]> {
    return this.textsOf(kind)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, value }) => ({ key, value: JSON.parse(value) as T }));
  }

  protected textOf(kind: string, key: string): string | undefined {
    return this.database.row(kind, key);
  }

  protected textsOf(kind: string): Row<string>[] {
    return this.database.rowsOf(kind);
  }
}

/** Reads what is committed at that moment, and, above it, what this transaction itself has written. */
class TransactionRows extends CommittedRows implements RowAccess {
  private readonly written = new Map<string, { kind: string; key: string; text: string | null }>();

  private readonly owner: object;

  constructor(database: MemoryDatabase, owner: object) {
    super(database);
    this.owner = owner;
  }

  get writes(): RowWrites {
    return this.written;
  }

  async getForUpdate<T>(kind: string, key: string): Promise<T | undefined> {
    await this.database.locks.acquire(rowId(kind, key), this.owner);
    return this.get(kind, key);
  }

  async put(kind: string, key: string, value: unknown): Promise<void> {
    await this.write(kind, key, rowText(value));
  }

  async delete(kind: string, key: string): Promise<void> {
    await this.write(kind, key, null);
  }

  protected override textOf(kind: string, key: string): string | undefined {
    const own = this.written.get(rowId(kind, key));
    return own ? (own.text ?? undefined) : super.textOf(kind, key);
  }

  protected override textsOf(kind: string): Row<string>[] {
    const own = [...this.written.values()].filter((write) => write.kind === kind);
    const others = super.textsOf(kind).filter(({ key }) => !this.written.has(rowId(kind, key)));
    return [...others, ...own.flatMap(({ key, text }) => (text === null ? [] : [{ key, value: text }]))];
  }

  private async write(kind: string, key: string, text: string | null): Promise<void> {
    await this.database.locks.acquire(rowId(kind, key), this.owner);
    this.written.set(rowId(kind, key), { kind, key, text });
  }
}

function rowId(kind: string, key: string): string {
  return JSON.stringify([kind, key]);
}
