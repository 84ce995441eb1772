/** A whole control plane for a test: on a database and a state directory of its own, listening on a free port. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '@techulus/ports';
import pg from 'pg';
import type { Config } from '../config.ts';
import { type Log, silentLog } from '../log.ts';
import { type Running, serve } from '../serve.ts';

export interface TestControlPlane extends Running {
  readonly url: string;
  readonly config: Config;
  /** Stops the process's parts and starts them again on the same data. */
  restart(): Promise<TestControlPlane>;
  /** Another process's parts on the same data. */
  second(): Promise<Running>;
  remove(): Promise<void>;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) throw new Error('TEST_DATABASE_URL is not set: run this with `npm run test:int`');
  const name = `api_${systemRandom.id().replaceAll('-', '')}`;
  await query(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => query(server, `drop database if exists ${name} with (force)`) };
}

/** An empty database and an empty state directory. */
export interface Installation {
  readonly config: Config;
  remove(): Promise<void>;
}

export async function newInstallation(): Promise<Installation> {
  const database = await createDatabase();
  const stateDirectory = mkdtempSync(join(tmpdir(), 'techulus-api-'));
  const config: Config = {
    stateDirectory,
    listen: [{ host: '127.0.0.1', port: 0 }],
    urls: ['http://127.0.0.1:7480'],
    databaseUrl: database.url,
    agentPackage: join(stateDirectory, 'agent.deb'),
    installScript: join(stateDirectory, 'install.sh'),
  };
  const remove = async (): Promise<void> => {
    await database.drop();
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  return { config, remove };
}

export async function startControlPlane(log: Log = silentLog, on?: Installation): Promise<TestControlPlane> {
  const { config, remove } = on ?? (await newInstallation());
  const start = async (): Promise<TestControlPlane> => {
    const running = await serve(config, log);
    return {
      ...running,
      url: running.urls[0] ?? '',
      config,
      restart: async () => {
        await running.stop();
        return start();
      },
      second: () => serve(config, log),
      remove: async () => {
        await running.stop();
        await remove();
      },
    };
  };
  return start();
}
