/**
 * The log on PostgreSQL, through the ORM's connection, so that events, rows, read models and jobs share one transaction.
 */
import type { Clock, Hash, Timers } from '@techulus/ports';
import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql';
import type {
  Commit,
  CommitPoints,
  Committed,
  EventStore,
  Head,
  JobRequest,
  OnEvents,
  ReadOptions,
  RisingRow,
  RowReader,
  StoredEvent,
  Subscription,
  Transaction,
} from '../event-store.ts';
import type { BackupRecord, BackupStore, Restore } from '../backup.ts';
import { LogFollower } from '../log-follower.ts';
import { touchesLog } from '../sealing.ts';
import { appendUnderLock } from './append.ts';
import { loadRecords, readRecords } from './backup.ts';
import { LogListener } from './listener.ts';
import { CommitNotifier } from './notifier.ts';
import { PostgresRowReader, PostgresRows, putRising } from './postgres-rows.ts';
import { readEvents, readHead } from './read.ts';
import { poolOf, run, transactionOf, type SqlExecutor } from './sql.ts';

/** Puts jobs into the queue within the transaction that the executor runs. */
export interface JobSink {
  enqueue(executor: SqlExecutor, requests: readonly JobRequest[]): Promise<void>;
}

export interface PostgresEventStoreOptions {
  em: EntityManager;
  /** For the LISTEN connection, which is not one of the ORM's pool. */
  url: string;
  jobs: JobSink;
  clock: Clock;
  timers: Timers;
  hash: Hash;
  points?: CommitPoints;
}

export class PostgresEventStore implements EventStore, BackupStore {
  readonly rows: RowReader;
  private readonly listener: LogListener;
  private readonly notifier: CommitNotifier;
  private readonly subscriptions = new Set<Subscription>();
  private highest = 0;

  private readonly options: PostgresEventStoreOptions;

  constructor(options: PostgresEventStoreOptions) {
    this.options = options;
    this.rows = new PostgresRowReader(this.pool);
    this.listener = new LogListener(options.url, options.timers);
    this.notifier = new CommitNotifier((channel, payload) =>
      run(this.pool, 'select pg_notify($1, $2)', [channel, payload]),
    );
  }

  start(): Promise<void> {
    return this.listener.start();
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.notifier.settled();
    await this.listener.close();
  }

  async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<{ result: T; committed: Committed }> {
    const { em, points } = this.options;
    const { result, events } = await em.fork().transactional(async (inner) => {
      const executor = transactionOf(inner);
      const tx = new PostgresTransaction(executor);
      const worked = await work(tx);
      const appended = await this.write(executor, tx.end());
      await points?.beforeCommit?.();
      return { result: worked, events: appended };
    });
    const committed = { events, position: this.saw(events.at(-1)?.position ?? 0) };
    if (events.length > 0) this.announce(committed.position);
    await points?.afterCommit?.(committed);
    return { result, committed };
  }

  async append(commit: Commit): Promise<Committed> {
    const { committed } = await this.transact(async (tx) => tx.commit(commit));
    return committed;
  }

  async putRising(row: RisingRow): Promise<boolean> {
    return putRising(this.pool, row);
  }

  async read(options: ReadOptions): Promise<StoredEvent[]> {
    const events = await readEvents(this.pool, options);
    this.saw(events.at(-1)?.position ?? 0);
    return events;
  }

  async head(): Promise<Head> {
    const head = await readHead(this.pool);
    this.saw(head.position);
    return head;
  }

  backUp(leaveOut: readonly string[], write: (record: BackupRecord) => Promise<void>): Promise<Head> {
    const snapshot = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
    return this.options.em
      .fork()
      .transactional((inner) => readRecords(transactionOf(inner), leaveOut, write), snapshot);
  }

  async restore(records: AsyncIterable<BackupRecord>, { epoch, commit }: Restore): Promise<Committed> {
    const events = await this.options.em.fork().transactional(async (inner) => {
      const executor = transactionOf(inner);
      await loadRecords(executor, records, epoch);
      return this.write(executor, [commit]);
    });
    return { events, position: this.saw(events.at(-1)?.position ?? 0) };
  }

  subscribe(after: number, onEvents: OnEvents): Subscription {
    const { clock, timers } = this.options;
    const source = {
      read: (options: ReadOptions) => this.read(options),
      onWake: (listener: (position: number) => void) => this.listener.onWake(listener),
    };
    const subscription = new LogFollower(source, { after, onEvents, clock, timers });
    this.subscriptions.add(subscription);
    return subscription;
  }

  private get pool(): SqlExecutor {
    return poolOf(this.options.em);
  }

  /** Jobs before the log's lock: their insert may wait for another transaction that has the same singleton key. */
  private async write(executor: SqlExecutor, commits: readonly Commit[]): Promise<StoredEvent[]> {
    const jobs = commits.flatMap((commit) => commit.jobs ?? []);
    if (jobs.length > 0) await this.options.jobs.enqueue(executor, jobs);
    return touchesLog(commits) ? appendUnderLock(executor, commits, this.options.hash) : [];
  }

  private announce(position: number): void {
    this.listener.wake(position); // this process's own subscriptions need no round trip
    this.notifier.committed(position);
  }

  private saw(position: number): number {
    this.highest = Math.max(this.highest, position);
    return this.highest;
  }
}

class PostgresTransaction implements Transaction {
  readonly rows: PostgresRows;
  private readonly commits: Commit[] = [];
  private ended = false;

  constructor(executor: SqlExecutor) {
    this.rows = new PostgresRows(executor);
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
