import { rowText } from '../canonical-json.ts';
import type { RisingRow, Row, RowAccess, RowReader } from '../event-store.ts';
import { run, type SqlExecutor } from './sql.ts';

const GET = `select value::text as text from "rows" where kind = $1 and key = $2`;
const LIST = `select key, value::text as text from "rows" where kind = $1 order by key collate "C"`;
const PUT = `insert into "rows" (kind, key, value) values ($1, $2, $3::jsonb)
  on conflict (kind, key) do update set value = excluded.value`;
const PUT_RISING = `insert into "rows" as known (kind, key, value) values ($1, $2, $3::jsonb)
  on conflict (kind, key) do update set value = excluded.value
  where (known.value ->> $4)::bigint < (excluded.value ->> $4)::bigint returning 1 as written`;
const DELETE = `delete from "rows" where kind = $1 and key = $2`;
/** There is no row to lock where there is none, so two who are about to make it meet at a lock of the key's own. */
const LOCK_ABSENT = `select pg_advisory_xact_lock(hashtextextended($1 || chr(31) || $2, 7480))`;

export class PostgresRowReader implements RowReader {
  protected readonly executor: SqlExecutor;

  constructor(executor: SqlExecutor) {
    this.executor = executor;
  }

  get<T>(kind: string, key: string): Promise<T | undefined> {
    return this.one(GET, kind, key);
  }

  async list<T>(kind: string): Promise<Row<T>[]> {
    const rows = await run<{ key: string; text: string }>(this.executor, LIST, [kind]);
    return rows.map(({ key, text }) => ({ key, value: JSON.parse(text) as T }));
  }

  protected async one<T>(sql: string, kind: string, key: string): Promise<T | undefined> {
    const [row] = await run<{ text: string }>(this.executor, sql, [kind, key]);
    return row ? (JSON.parse(row.text) as T) : undefined;
  }
}

export class PostgresRows extends PostgresRowReader implements RowAccess {
  async getForUpdate<T>(kind: string, key: string): Promise<T | undefined> {
    const row = await this.one<T>(`${GET} for update`, kind, key);
    if (row !== undefined) return row;
    await run(this.executor, LOCK_ABSENT, [kind, key]);
    return this.one(`${GET} for update`, kind, key);
  }

  async put(kind: string, key: string, value: unknown): Promise<void> {
    await run(this.executor, PUT, [kind, key, rowText(value)]);
  }

  async delete(kind: string, key: string): Promise<void> {
    await run(this.executor, DELETE, [kind, key]);
  }
}

export async function putRising(executor: SqlExecutor, { kind, key, value, rises }: RisingRow): Promise<boolean> {
  const written = await run(executor, PUT_RISING, [kind, key, rowText(value), rises]);
  return written.length > 0;
}
