import type { Head, ReadOptions, StoredEvent } from '../event-store.ts';
import { GENESIS_HASH } from '../hash-chain.ts';
import { run, type SqlExecutor } from './sql.ts';

const COLUMNS = `position::double precision as position, stream, version, type, schema, data::text as data,
  meta::text as meta, (extract(epoch from at) * 1000)::bigint::double precision as at, hash`;
const READ = `select ${COLUMNS} from events where position > $1 order by position limit $2`;
const READ_STREAM = `select ${COLUMNS} from events where stream = $3 and position > $1 order by version limit $2`;
const HEAD = `select l.epoch, e.position::double precision as position, e.hash
  from log l left join lateral (select position, hash from events order by position desc limit 1) e on true`;

interface EventRow extends Omit<StoredEvent, 'data' | 'meta'> {
  data: string;
  meta: string;
}

export async function readEvents(executor: SqlExecutor, options: ReadOptions): Promise<StoredEvent[]> {
  const { after, limit, stream } = options;
  const rows = await (stream === undefined
    ? run<EventRow>(executor, READ, [after, limit])
    : run<EventRow>(executor, READ_STREAM, [after, limit, stream]));
  return rows.map((row) => ({
    ...row,
    data: JSON.parse(row.data) as unknown,
    meta: JSON.parse(row.meta) as StoredEvent['meta'],
  }));
}

export async function readHead(executor: SqlExecutor): Promise<Head> {
  const [row] = await run<{ epoch: number; position: number | null; hash: string | null }>(executor, HEAD);
  if (!row) throw new Error('the table "log" is empty: run the migrations');
  return { epoch: row.epoch, position: row.position ?? 0, hash: row.hash ?? GENESIS_HASH };
}
