import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { systemClock, systemHash, systemRandom, systemTimers } from '@techulus/ports';
import type { CommitPoints } from '../event-store.ts';
import { eventStoreMigrations } from '../postgres/migrations.ts';
import { PgBossJobs } from '../postgres/pg-boss-jobs.ts';
import { PostgresEventStore } from '../postgres/postgres-event-store.ts';
import type { TestProcess } from './harness.ts';

export interface PostgresProcess extends TestProcess {
  store: PostgresEventStore;
  jobs: PgBossJobs;
  orm: MikroORM;
  /** What its job queue complained about. */
  complaints: string[];
  close(): Promise<void>;
}

export async function query<R extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  url: string;
  empty(): Promise<void>;
  drop(): Promise<void>;
}

/** A database of the test's own in the server that the test run started: migrated, with pg-boss's schema in it. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run this with `npm run test:int`');
  const name = `event_store_${systemRandom.id().replaceAll('-', '')}`;
  await query(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href);
  const first = await openProcess(url.href);
  await first.close();
  return {
    url: url.href,
    empty: async () => {
      await query(url.href, 'truncate events, claims, "rows", pgboss.job');
      await query(url.href, 'update log set epoch = 1');
    },
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  };
}

export async function openOrm(url: string): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: url,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: eventStoreMigrations, snapshot: false, silent: true },
  });
}

/** As one API process has them: ORM, jobs and store on one database. */
export async function openProcess(url: string): Promise<PostgresProcess> {
  const points: CommitPoints = {};
  const complaints: string[] = [];
  const orm = await openOrm(url);
  const jobs = new PgBossJobs({ url, random: systemRandom, onError: (error) => complaints.push(error.message) });
  const store = new PostgresEventStore({
    em: orm.em,
    url,
    jobs,
    clock: systemClock,
    timers: systemTimers,
    hash: systemHash,
    points,
  });
  await jobs.start();
  await store.start();
  const close = async (): Promise<void> => {
    await store.close();
    await jobs.stop();
    await orm.close();
  };
  return { store, jobs, points, orm, complaints, close };
}

async function migrate(url: string): Promise<void> {
  const orm = await openOrm(url);
  await orm.migrator.up();
  await orm.close();
}
