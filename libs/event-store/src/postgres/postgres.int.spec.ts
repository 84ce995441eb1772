import { sleep, systemClock, systemHash, systemTimers } from '@techulus/ports';
import pg from 'pg';
import type { StoredEvent } from '../event-store.ts';
import { verifyLog } from '../hash-chain.ts';
import { eventStoreContract, type Harness } from '../testing/contract.ts';
import { append, eventually, meta } from '../testing/harness.ts';
import {
  createDatabase,
  openProcess,
  query,
  type PostgresProcess,
  type TestDatabase,
} from '../testing/test-database.ts';

interface PostgresHarness extends Harness {
  url: string;
  process(): Promise<PostgresProcess>;
}

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

async function openPostgres(): Promise<PostgresHarness> {
  await database.empty();
  const processes: PostgresProcess[] = [];
  return {
    url: database.url,
    process: async () => {
      const opened = await openProcess(database.url);
      processes.push(opened);
      return opened;
    },
    pass: (ms) => sleep(systemTimers, ms),
    now: () => systemClock.monotonic(),
    close: async () => {
      await Promise.all(processes.map((each) => each.close()));
    },
  };
}

eventStoreContract('the event store on PostgreSQL', openPostgres);

describe('on PostgreSQL in particular', () => {
  let harness: PostgresHarness;
  let process: PostgresProcess;
  beforeEach(async () => {
    harness = await openPostgres();
    process = await harness.process();
  });
  afterEach(() => harness.close());

  it('needs two statements for a report that changed nothing, beside begin and commit', async () => {
    await process.store.transact(({ rows }) => rows.put('presence', 's-1', { sequence: 1 }));
    const { statements, stop } = countStatements();
    const { committed } = await process.store.transact(async ({ rows }) => {
      await rows.getForUpdate('presence', 's-1');
      await rows.put('presence', 's-1', { sequence: 2 });
    });
    stop();
    expect(statements).toHaveLength(4);
    expect(statements.map((sql) => sql.split(/\s/)[0]?.toLowerCase())).toEqual(['begin', 'select', 'insert', 'commit']);
    expect(committed).toEqual({ events: [], position: 0 });
  });

  it('takes the lock of the log as the last thing but the insert', async () => {
    const { statements, stop } = countStatements();
    await process.store.append({ appends: [append('s', 0, 'made')], meta });
    stop();
    expect(
      statements.map((sql) =>
        sql
          .split(/[\s(]+/)
          .slice(0, 2)
          .join(' '),
      ),
    ).toEqual(['begin', 'select pg_advisory_xact_lock', 'select extract', 'insert into', 'commit']);
  });

  it('finds an event that was changed, dropped, moved or cut off', async () => {
    const { store } = process;
    await store.append({ appends: [append('s', 0, 'a', 'b', 'c', 'd')], meta });
    const head = await store.head();
    const anchor = { position: head.position, hash: head.hash };
    expect(await verifyLog(store, systemHash, anchor)).toMatchObject({ ok: true });
    const tamper = async (...steps: string[]): Promise<unknown> => {
      await query(harness.url, 'create table kept as table events');
      for (const sql of steps) await query(harness.url, sql);
      const verified = await verifyLog(store, systemHash, anchor);
      await query(harness.url, 'truncate events');
      await query(harness.url, 'insert into events select * from kept');
      await query(harness.url, 'drop table kept');
      return verified;
    };
    const broken = (position: number, reason: string): unknown => ({ ok: false, position, reason });
    expect(await tamper(`update events set data = '{"type": "B"}' where position = 2`)).toEqual(broken(2, 'changed'));
    expect(await tamper(`update events set at = at + interval '1 ms' where position = 3`)).toEqual(
      broken(3, 'changed'),
    );
    expect(await tamper('delete from events where position = 2')).toEqual(broken(2, 'missing'));
    expect(
      await tamper(
        'update events set position = 20, version = 20 where position = 2',
        'update events set position = 2, version = 2 where position = 3',
        'update events set position = 3, version = 3 where position = 20',
      ),
    ).toEqual(broken(2, 'changed'));
    expect(await tamper('delete from events where position = 4')).toEqual(broken(4, 'truncated'));
    expect(await verifyLog(store, systemHash, anchor)).toMatchObject({ ok: true });
  });

  it('still sees commits of other processes when its LISTEN connection was killed, and listens again', async () => {
    const other = await harness.process();
    const seen: StoredEvent[] = [];
    const subscription = process.store.subscribe(0, (events) => void seen.push(...events));
    await subscription.caughtUp(0);
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'techulus-listen' and datname = current_database()`;
    expect(await query(harness.url, kill)).toHaveLength(2);
    await other.store.append({ appends: [append('s', 0, 'made')], meta });
    await eventually(harness, () => seen.length === 1, 'the event was seen');
    const listening = `select 1 from pg_stat_activity where application_name = 'techulus-listen' and datname = current_database()`;
    let count = 0;
    for (let turn = 0; turn < 50 && count < 2; turn += 1) {
      await harness.pass(100);
      count = (await query(harness.url, listening)).length;
    }
    expect(count).toBe(2);
    await subscription.close();
  });

  it('survives that all its connections are cut, and goes on', async () => {
    const seen: StoredEvent[] = [];
    const subscription = process.store.subscribe(0, (events) => void seen.push(...events));
    await process.store.append({ appends: [append('s', 0, 'before')], meta });
    await eventually(harness, () => seen.length === 1, 'the first was seen');
    await query(
      harness.url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await harness.pass(100);
    await process.store.append({ appends: [append('s', 1, 'after')], meta });
    await eventually(harness, () => seen.length === 2, 'the second was seen');
    expect(subscription.failure).toBeUndefined();
    await subscription.close();
  });

  it('wakes a worker at once: five jobs, one after the other, in less than their looks would take', async () => {
    let done = 0;
    await process.jobs.work('quick', () => Promise.resolve(void (done += 1)));
    await harness.pass(300);
    const since = harness.now();
    for (let turn = 1; turn <= 5; turn += 1) {
      await process.store.append({ appends: [], jobs: [{ queue: 'quick', data: {} }], meta });
      await eventually(harness, () => done === turn, `job ${turn} is done`);
    }
    expect(harness.now() - since).toBeLessThan(2000);
  });
});

/** The ORM looks once whether its database exists; other processes are told of a commit after it. */
const BESIDE = /^select (1 from pg_database|pg_notify)\b/;

interface Connection {
  readonly connectionParameters: { readonly application_name?: string };
  query(...args: unknown[]): unknown;
}

/**
 * The statements that the ORM's connections send from now on. The jobs' and the LISTEN connection's own are told apart by
 * their connection, not by their text: what they send, and when, is theirs to change.
 */
function countStatements(): { statements: string[]; stop(): void } {
  const statements: string[] = [];
  const prototype = pg.Client.prototype as unknown as Connection;
  const original = prototype.query;
  prototype.query = function counted(this: Connection, ...args: unknown[]): unknown {
    const [first] = args;
    const sql = (typeof first === 'string' ? first : String((first as { text?: string }).text ?? '')).trim();
    const own = !this.connectionParameters.application_name?.startsWith('techulus-');
    if (own && sql !== '' && !BESIDE.test(sql)) statements.push(sql);
    return original.apply(this, args);
  };
  return { statements, stop: () => void (prototype.query = original) };
}
