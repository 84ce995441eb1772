/**
 * The PostgreSQL that comes with the control plane: started, stopped and, when the control plane is killed, ended with it.
 * It listens on loopback and on a socket in its data directory, and asks everybody for a password.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock, systemTimers, type Clock, type Timers } from '@techulus/ports';
import pg from 'pg';
import { choosePort, ensureData, ensureDirectory, filesOf, SUPERUSER } from './data-directory.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { postgresAccount } from './postgres-account.ts';
import { findPrograms, postgresCommand, seen, siteOf, type PostgresSite } from './postgres-command.ts';
import { waitForPrevious } from './postmaster-file.ts';

const LOOK_EVERY_MS = 20;
/** A large log that must be recovered after a crash takes its time. */
const READY_WITHIN_MS = 120_000;
const STALE_FOR_MS = 3_000;
const STOP_STEPS: readonly { signal: NodeJS.Signals; waitMs: number }[] = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];
const SOCKET_PATH_LIMIT = 107;

export interface EmbeddedPostgresOptions {
  /** Its own folder: data, log, password and port. Made where it is missing. */
  directory: string;
  /** More settings of postgresql.conf. */
  settings?: Readonly<Record<string, string>>;
  database?: string;
  clock?: Clock;
  timers?: Timers;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

interface Server {
  child: ChildProcess;
  pid: number;
  port: number;
  exited: Promise<void>;
  hasExited(): boolean;
  /** What it wrote to its log since it was started. */
  output(): string;
}

interface Surroundings {
  clock: Clock;
  timers: Timers;
}

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, clock = systemClock, timers = systemTimers } = options;
  const files = filesOf(directory);
  ensureDirectory(directory);
  const site = siteOf(postgresAccount(files.data), findPrograms(), directory);
  const password = ensureData(site);
  const server = await startServer(site, password, options.settings ?? {}, { clock, timers });
  const database = options.database ?? SUPERUSER;
  await ensureDatabase(urlOf(server.port, password, 'postgres'), database);
  return {
    url: urlOf(server.port, password, database),
    pid: server.pid,
    port: server.port,
    exited: server.exited,
    stop: () => stopServer(server, timers),
  };
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

async function startServer(
  site: PostgresSite,
  password: string,
  settings: Readonly<Record<string, string>>,
  { clock, timers }: Surroundings,
): Promise<Server> {
  const { data } = filesOf(site.directory);
  const since = clock.monotonic();
  for (;;) {
    await waitForPrevious(data, clock, timers);
    const server = launch(site, await choosePort(site.directory), settings);
    if (await isReady(server, password, { clock, timers })) return server;
    await stopServer(server, timers);
    const output = server.output();
    // The lock file of a server that was killed (-9) stands until its children have noticed.
    const stale = output.includes('postmaster.pid') || output.includes('shared memory block');
    if (!stale || clock.monotonic() - since > STALE_FOR_MS) throw startFailed(site, output);
    await sleep(timers, 100);
  }
}

function startFailed(site: PostgresSite, output: string): EmbeddedPostgresError {
  const why = output.trim().split('\n').slice(-5).join(' | ') || 'it said nothing';
  const { log } = filesOf(site.directory);
  return new EmbeddedPostgresError('postgres_start_failed', `PostgreSQL did not start (${log}): ${why}`);
}

function launch(site: PostgresSite, port: number, settings: Readonly<Record<string, string>>): Server {
  const { log } = filesOf(site.directory);
  const data = join(seen(site).directory, 'data');
  const socket = `${data}/.s.PGSQL.${port}`.length > SOCKET_PATH_LIMIT ? '' : data;
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: socket,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { file, args } = postgresCommand(site, 'postgres', ['-D', data, ...flags]);
  const fd = openLog(log);
  const from = statSync(log).size;
  // A session of its own: Ctrl-C in a terminal is for the control plane, which stops it when it needs it no more.
  const child = spawn(file, args, { cwd: '/', detached: true, stdio: ['ignore', fd, fd], env: serverEnvironment() });
  closeSync(fd);
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  return {
    child,
    pid: child.pid ?? 0,
    port,
    exited,
    hasExited: () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
    output: () => readFileSync(log).subarray(from).toString('utf8'),
  };
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
}

/** One log of at most a few megabytes: it is begun anew at a start where it has grown. */
function openLog(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(log, size > 5_000_000 ? 'w' : 'a', 0o600);
}

async function isReady(server: Server, password: string, { clock, timers }: Surroundings): Promise<boolean> {
  const since = clock.monotonic();
  while (!server.hasExited() && clock.monotonic() - since < READY_WITHIN_MS) {
    if (await answers(urlOf(server.port, password, 'postgres'))) return true;
    await sleep(timers, LOOK_EVERY_MS);
  }
  return false;
}

async function answers(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('select 1'));
    return true;
  } catch {
    return false;
  }
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the query in flight rejects by itself
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function stopServer(server: Server, timers: Timers): Promise<void> {
  for (const { signal, waitMs } of STOP_STEPS) {
    if (server.hasExited()) return;
    server.child.kill(signal);
    const giveUp = new AbortController();
    await Promise.race([server.exited, sleep(timers, waitMs, giveUp.signal)]);
    giveUp.abort();
  }
}
