/**
 * The log, as everything above it sees it. Two stores implement this port, on PostgreSQL and in memory, and one contract
 * suite (contract.ts) holds both to the same behaviour.
 *
 * One command is one transaction: rows are read and written, events appended, claims taken and released, jobs enqueued,
 * and all of it becomes visible together or not at all. Positions are given in commit order, so a reader that has seen
 * position P will never find a new event below P.
 */
export interface NewEvent {
  type: string;
  /** The version of this event type's own shape; upcasters (schema.ts) lead older ones up to the present one. */
  schema: number;
  /** Plain JSON. Text must be well-formed Unicode without NUL, because PostgreSQL stores nothing else. */
  data: unknown;
}

export interface EventMeta {
  actor: string;
  because?: string;
  correlation?: string;
}

export interface StoredEvent {
  position: number;
  stream: string;
  version: number;
  type: string;
  schema: number;
  data: unknown;
  meta: EventMeta;
  /** Milliseconds, by the database's clock. */
  at: number;
  hash: string;
}

export interface StreamAppend {
  stream: string;
  /** The number of events already in the stream; 0 means that it must be new. */
  expectedVersion: number;
  events: NewEvent[];
}

/** (kind, key) belongs to one stream at a time. Claiming again what the stream already holds is not a conflict. */
export interface Claim {
  kind: string;
  key: string;
  stream: string;
}

export interface ClaimKey {
  kind: string;
  key: string;
}

export interface JobRequest {
  queue: string;
  /** Names what the job is about: ids and versions, never a decision that was taken when it was enqueued. */
  data: object;
  startAfterMs?: number;
  /**
   * While a job with this key waits in its queue, another one is not added. The key must therefore say all that the job
   * is about (the stream version too): a waiting job may be taken up a moment before this transaction commits.
   */
  singletonKey?: string;
}

export interface Commit {
  appends: StreamAppend[];
  /** Releases are done before claims, so a key can change hands in one commit. */
  claims?: Claim[];
  releases?: ClaimKey[];
  jobs?: JobRequest[];
  meta: EventMeta;
}

export interface Committed {
  events: StoredEvent[];
  /** The head after this commit. Where nothing was appended: the highest position this process knows of. */
  position: number;
}

export interface Row<T = unknown> {
  key: string;
  value: T;
}

export interface RisingRow {
  kind: string;
  key: string;
  value: object;
  /** A field of the value, a whole number. */
  rises: string;
}

/** The one mutable table beside the log, (kind, key) → JSON: presence, ciphertexts, tokens, sealed values, answers. */
export interface RowReader {
  get<T>(kind: string, key: string): Promise<T | undefined>;
  /** Sorted by key. */
  list<T>(kind: string): Promise<Row<T>[]>;
}

export interface RowAccess extends RowReader {
  /** As `get`, and no other transaction gets this key for update until this one has ended, also when there is no row. */
  getForUpdate<T>(kind: string, key: string): Promise<T | undefined>;
  put(kind: string, key: string, value: unknown): Promise<void>;
  delete(kind: string, key: string): Promise<void>;
}

export interface Transaction {
  /** Buffered until the work has returned; then versions and claims are checked and everything is written at once. */
  commit(commit: Commit): void;
  readonly rows: RowAccess;
}

export interface ReadOptions {
  after: number;
  limit: number;
  stream?: string;
}

export interface Head {
  position: number;
  hash: string;
  /** Raised when a backup is restored. */
  epoch: number;
}

export type OnEvents = (events: StoredEvent[]) => void | Promise<void>;

export interface Subscription {
  /** The last position that was handed on. */
  readonly position: number;
  /** When the head was last confirmed to be `position`, on the monotonic clock; -Infinity before the first time. */
  readonly confirmedAt: number;
  /** What `onEvents` threw. The subscription ends there: it neither skips an event nor hands one on twice. */
  readonly failure: Error | undefined;
  /**
   * Resolves when everything up to `position` was handed on; rejects when the subscription has failed or is closed. It
   * waits as long as the database is away: who has a deadline brings it along.
   */
  caughtUp(position: number): Promise<void>;
  close(): Promise<void>;
}

export interface EventStore {
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<{ result: T; committed: Committed }>;
  append(commit: Commit): Promise<Committed>;
  /**
   * One row in a transaction of its own, unless the one that is there has the same or a higher number in that field: then
   * nothing is written, and the answer is false. One statement where a transaction takes four.
   */
  putRising(row: RisingRow): Promise<boolean>;
  /** In commit order, `after` excluded. With `stream`, only that stream's events. */
  read(options: ReadOptions): Promise<StoredEvent[]>;
  head(): Promise<Head>;
  /** Catches up from `after`, then follows the log. */
  subscribe(after: number, onEvents: OnEvents): Subscription;
  /** Reads outside any transaction. */
  readonly rows: RowReader;
}

/** Where a simulation may end a process: what throws before is rolled back, what throws after is committed. */
export interface CommitPoints {
  beforeCommit?(): void | Promise<void>;
  afterCommit?(committed: Committed): void | Promise<void>;
}
