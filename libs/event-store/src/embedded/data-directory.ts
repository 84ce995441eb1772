import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { postgresCommand, seen, type PostgresSite } from './postgres-command.ts';

export const SUPERUSER = 'techulus';

/** What lies beside the data: `password` and `port` are this process's own, `postgres.log` is PostgreSQL's output. */
export function filesOf(directory: string): { data: string; password: string; port: string; log: string } {
  return {
    data: join(directory, 'data'),
    password: join(directory, 'password'),
    port: join(directory, 'port'),
    log: join(directory, 'postgres.log'),
  };
}

/**
 * Makes the data directory where there is none, under another name first: one that was left half made by a kill is
 * thrown away, never started. Returns the superuser's password.
 */
export function ensureData(site: PostgresSite): string {
  const files = filesOf(site.directory);
  if (existsSync(files.data)) return readFileSync(files.password, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  const unfinished = `${files.data}.new`;
  const passwordForInit = `${files.password}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordForInit, password, { mode: 0o600 });
  giveTo(site, unfinished);
  giveTo(site, passwordForInit);
  try {
    initialise(site);
  } finally {
    rmSync(passwordForInit, { force: true });
  }
  writeFileSync(files.password, password, { mode: 0o600 });
  renameSync(unfinished, files.data);
  return password;
}

function initialise(site: PostgresSite): void {
  const { directory } = seen(site);
  const { file, args } = postgresCommand(site, 'initdb', [
    `--pgdata=${join(directory, 'data.new')}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${join(directory, 'password.new')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  const done = spawnSync(file, args, {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
  });
  if (done.status === 0) return;
  const why = (done.stderr ?? '').trim() || String(done.error ?? `exit code ${done.status}`);
  throw new EmbeddedPostgresError('postgres_init_failed', `initdb could not make ${directory}/data: ${why}`);
}

function giveTo(site: PostgresSite, path: string): void {
  if (site.account) chownSync(path, site.account.uid, site.account.gid);
}

/** The folder itself stays ours; the account may pass through it. */
export function ensureDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o711);
}

/** The port of the last start if it is still free, else another one, which is remembered. */
export async function choosePort(directory: string): Promise<number> {
  const { port: file } = filesOf(directory);
  const remembered = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const port = (await freePort(remembered)) ?? (await freePort(0));
  if (port === undefined) throw new EmbeddedPostgresError('postgres_start_failed', 'no free port on 127.0.0.1');
  if (port !== remembered) writeFileSync(file, `${port}\n`);
  return port;
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
