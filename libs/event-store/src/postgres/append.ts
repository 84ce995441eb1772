import type { Hash } from '@techulus/ports';
import type { Claim, ClaimKey, Commit, StoredEvent } from '../event-store.ts';
import { GENESIS_HASH } from '../hash-chain.ts';
import { claimId, sealEvents, settleClaims, type LogTip } from '../sealing.ts';
import { run, type SqlExecutor } from './sql.ts';

/** Any constant: the one lock that every append takes. */
const LOG_LOCK = 7_480_001;

/** A statement of its own: the next one's snapshot must be taken after the lock was granted, or it misses the last commit. */
export const LOCK = `select pg_advisory_xact_lock(${LOG_LOCK})`;

const LOOK = `select
  (extract(epoch from clock_timestamp()) * 1000)::bigint::double precision as at,
  (select coalesce(json_agg(e), '[]') from (select position, hash from events order by position desc limit 1) e)::text as tip,
  (select coalesce(json_agg(json_build_array(s.stream, e.version)), '[]') from unnest($1::text[]) as s(stream) cross join
     lateral (select version from events where stream = s.stream order by version desc limit 1) e)::text as versions,
  (select coalesce(json_agg(c), '[]') from claims c join unnest($2::text[], $3::text[]) as w(kind, key)
     on c.kind = w.kind and c.key = w.key)::text as holders`;

export const INSERT_EVENTS = `insert into events (position, stream, version, type, schema, data, meta, at, hash)
  select position, stream, version, type, schema, coalesce(data, 'null'::jsonb), meta,
         timestamptz 'epoch' + at * interval '1 millisecond', hash
  from jsonb_to_recordset($1::jsonb) as e(position bigint, stream text, version integer, type text, schema integer,
       data jsonb, meta jsonb, at bigint, hash text)`;

const DELETE_CLAIMS = `delete from claims c using unnest($1::text[], $2::text[]) as w(kind, key)
  where c.kind = w.kind and c.key = w.key`;

export const INSERT_CLAIMS = `insert into claims (kind, key, stream) select * from unnest($1::text[], $2::text[], $3::text[])`;

/**
 * The last thing before the transaction commits: from the lock on nobody else appends until this transaction has ended,
 * which is what puts positions in commit order. Nothing that can wait for somebody else comes after it.
 */
export async function appendUnderLock(
  executor: SqlExecutor,
  commits: readonly Commit[],
  hash: Hash,
): Promise<StoredEvent[]> {
  await run(executor, LOCK);
  const { tip, holders } = await look(executor, commits);
  const events = sealEvents(commits, tip, hash);
  const { released, claimed } = settleClaims(commits, holders);
  if (released.length > 0) await run(executor, DELETE_CLAIMS, keysOf(released));
  if (claimed.length > 0) await run(executor, INSERT_CLAIMS, [...keysOf(claimed), claimed.map(({ stream }) => stream)]);
  if (events.length > 0) await run(executor, INSERT_EVENTS, [JSON.stringify(events)]);
  return events;
}

interface Found {
  at: number;
  tip: string;
  versions: string;
  holders: string;
}

async function look(
  executor: SqlExecutor,
  commits: readonly Commit[],
): Promise<{ tip: LogTip; holders: ReadonlyMap<string, string> }> {
  const streams = new Set(commits.flatMap(({ appends }) => appends.map(({ stream }) => stream)));
  const keys = commits.flatMap(({ claims = [], releases = [] }) => [...claims, ...releases]);
  const unique = [...new Map(keys.map((key) => [claimId(key), key])).values()];
  const [found] = await run<Found>(executor, LOOK, [[...streams], ...keysOf(unique)]);
  if (!found) throw new Error('a select without a table answered no row');
  const [last] = JSON.parse(found.tip) as { position: number; hash: string }[];
  const { position, hash } = last ?? { position: 0, hash: GENESIS_HASH };
  const versions = new Map(JSON.parse(found.versions) as [string, number][]);
  const holders = JSON.parse(found.holders) as Claim[];
  return {
    tip: { position, hash, versions, at: found.at },
    holders: new Map(holders.map((claim) => [claimId(claim), claim.stream])),
  };
}

function keysOf(keys: readonly ClaimKey[]): [string[], string[]] {
  return [keys.map(({ kind }) => kind), keys.map(({ key }) => key)];
}
