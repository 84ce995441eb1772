/** The store's tables as records, page by page, and back. */
import type { BackupRecord, BackupRow } from '../backup.ts';
import { StoreNotEmpty } from '../errors.ts';
import type { Claim, Head, StoredEvent } from '../event-store.ts';
import { INSERT_CLAIMS, INSERT_EVENTS, LOCK } from './append.ts';
import { readEvents, readHead } from './read.ts';
import { run, type SqlExecutor } from './sql.ts';

const PAGE = 500;

const CLAIMS = `select kind, key, stream from claims where (kind, key) > ($1, $2) order by kind, key limit ${PAGE}`;
const ROWS = `select kind, key, value::text as text from "rows"
  where (kind, key) > ($1, $2) and kind <> all($3::text[]) order by kind, key limit ${PAGE}`;
const COUNT = `select (exists (select from events) or exists (select from claims) or exists (select from "rows")) as used`;
const INSERT_ROWS = `insert into "rows" (kind, key, value)
  select kind, key, value::jsonb from unnest($1::text[], $2::text[], $3::text[]) as r(kind, key, value)`;
const EPOCH = 'update log set epoch = $1';

type Write = (record: BackupRecord) => Promise<void>;

/** Within one transaction that sees one moment. */
export async function readRecords(executor: SqlExecutor, leaveOut: readonly string[], write: Write): Promise<Head> {
  const head = await readHead(executor);
  for (let after = 0; after < head.position;) {
    const events = await readEvents(executor, { after, limit: PAGE });
    for (const event of events) await write({ event });
    after = events.at(-1)?.position ?? head.position;
  }
  await pages<Claim>(
    (from) => run(executor, CLAIMS, from),
    (claim) => write({ claim }),
  );
  await pages<{ kind: string; key: string; text: string }>(
    (from) => run(executor, ROWS, [...from, leaveOut]),
    ({ kind, key, text }) => write({ row: { kind, key, value: JSON.parse(text) as unknown } }),
  );
  return head;
}

async function pages<R extends { kind: string; key: string }>(
  read: (from: [string, string]) => Promise<R[]>,
  take: (row: R) => Promise<void>,
): Promise<void> {
  let from: [string, string] = ['', ''];
  for (;;) {
    const page = await read(from);
    for (const row of page) await take(row);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = [last.kind, last.key];
  }
}

/** Under the log's lock: nobody begins a log of their own meanwhile. */
export async function loadRecords(
  executor: SqlExecutor,
  records: AsyncIterable<BackupRecord>,
  epoch: number,
): Promise<void> {
  await run(executor, LOCK);
  const [found] = await run<{ used: boolean }>(executor, COUNT);
  if (found?.used !== false) throw new StoreNotEmpty();
  const batch = new Batch(executor);
  for await (const record of records) await batch.add(record);
  await batch.flush();
  await run(executor, EPOCH, [epoch]);
}

class Batch {
  private events: StoredEvent[] = [];
  private claims: Claim[] = [];
  private rows: BackupRow[] = [];

  private readonly executor: SqlExecutor;

  constructor(executor: SqlExecutor) {
    this.executor = executor;
  }

  async add(record: BackupRecord): Promise<void> {
    if ('event' in record) this.events.push(record.event);
    else if ('claim' in record) this.claims.push(record.claim);
    else this.rows.push(record.row);
    if (this.events.length + this.claims.length + this.rows.length >= PAGE) await this.flush();
  }

  async flush(): Promise<void> {
    const { executor, events, claims, rows } = this;
    if (events.length > 0) await run(executor, INSERT_EVENTS, [JSON.stringify(events)]);
    const named = (list: readonly { kind: string; key: string }[]): [string[], string[]] => [
      list.map(({ kind }) => kind),
      list.map(({ key }) => key),
    ];
    if (claims.length > 0) await run(executor, INSERT_CLAIMS, [...named(claims), claims.map(({ stream }) => stream)]);
    if (rows.length > 0)
      await run(executor, INSERT_ROWS, [...named(rows), rows.map(({ value }) => JSON.stringify(value))]);
    [this.events, this.claims, this.rows] = [[], [], []];
  }
}
