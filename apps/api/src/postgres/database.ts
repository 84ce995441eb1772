import { PgBossJobs, PostgresEventStore, startEmbeddedPostgres } from '@techulus/event-store';
import { systemClock, systemHash, systemRandom, systemTimers } from '@techulus/ports';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { DatabaseClock } from './database-clock.ts';
import { migrate, openOrm, type Orm, requireDatabase } from './orm.ts';

/** PostgreSQL and what stands on it: ORM, log, job queue, clock. */
export interface Database {
  readonly url: string;
  /** Of the embedded server; undefined where the operator runs one. */
  readonly pid: number | undefined;
  /** Resolves when the embedded server has ended; never where the operator runs one. */
  readonly ended: Promise<void>;
  readonly orm: Orm;
  readonly store: PostgresEventStore;
  readonly jobs: PgBossJobs;
  readonly clock: DatabaseClock;
  /** Lets what runs end, takes up nothing more. */
  stopJobs(): Promise<void>;
  close(): Promise<void>;
}

interface Server {
  url: string;
  pid: number | undefined;
  exited: Promise<void>;
  stop(): Promise<void>;
}

async function startServer(config: Config): Promise<Server> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined)
    return { url: databaseUrl, pid: undefined, exited: new Promise(() => undefined), stop: () => Promise.resolve() };
  return startEmbeddedPostgres({ directory: join(config.stateDirectory, 'postgres') });
}

async function askTime(orm: Orm): Promise<number> {
  const sql = 'select (extract(epoch from clock_timestamp()) * 1000)::double precision as now';
  const [row] = await orm.em.getConnection().execute<{ now: number }[]>(sql);
  return Number(row?.now);
}

export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const server = await startServer(config);
  try {
    return await openOn(server, log);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function openOn(server: Server, log: Log): Promise<Database> {
  const { url } = server;
  await requireDatabase(url);
  const orm = await openOrm(url);
  await migrate(orm, url);
  const jobs = new PgBossJobs({
    url,
    random: systemRandom,
    onError: (error) => log.error({ err: error }, 'the job queue failed; it goes on'),
  });
  await jobs.start();
  const store = new PostgresEventStore({
    em: orm.em,
    url,
    jobs,
    clock: systemClock,
    timers: systemTimers,
    hash: systemHash,
  });
  await store.start();
  const clock = new DatabaseClock(systemClock, systemTimers, () => askTime(orm));
  await clock.start();
  let jobsStopped: Promise<void> | undefined;
  const stopJobs = (): Promise<void> => (jobsStopped ??= jobs.stop());
  return {
    url,
    pid: server.pid,
    ended: server.exited,
    orm,
    store,
    jobs,
    clock,
    stopJobs,
    async close() {
      clock.stop();
      await stopJobs();
      await store.close();
      await orm.close();
      await server.stop();
    },
  };
}
