/** A control plane with a cluster in it, and that cluster's agents, all on loopback; gone without a trace when stopped. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closePlatform, openPlatform, type Platform } from '@techulus/api/platform.ts';
import type { Config } from '@techulus/api/config.ts';
import { openDatabase } from '@techulus/api/postgres/database.ts';
import { silentLog } from '@techulus/api/log.ts';
import { recorded } from '@techulus/api/cluster/event-types.ts';
import { EVENT_SCHEMAS, type Recorded, streamOf } from '@techulus/domain';
import { readAll, startEmbeddedPostgres, type EmbeddedPostgres } from '@techulus/event-store';
import pg from 'pg';
import { type ApiProcess, startApi } from './api-process.ts';
import { seed, type Size } from './seed.ts';
import { type Identity, WireClient } from './wire-client.ts';

export interface Fleet {
  readonly size: Size;
  readonly api: ApiProcess;
  readonly agents: readonly WireClient[];
  /** The whole log, as the fold takes it. */
  readonly events: readonly Recorded[];
  readonly stateDirectory: string;
  readonly databaseUrl: string;
  stopPostgres(): Promise<void>;
  /** What PostgreSQL has written to its log so far. */
  postgresLog(): string;
  query<R extends pg.QueryResultRow>(sql: string): Promise<R[]>;
  stop(): Promise<void>;
}

interface Seeded {
  readonly identities: readonly Identity[];
  readonly events: readonly Recorded[];
}

/**
 * An operator's setting: nobody counts as silent for an hour. A row that only polls must not measure what a control plane
 * does when all of its servers fall silent.
 */
async function beginLog(config: Config): Promise<void> {
  const database = await openDatabase(config, silentLog);
  try {
    const data = { offlineAfterMs: 3_600_000, replacementGraceMs: 0 };
    const events = [{ type: 'cluster.created', schema: EVENT_SCHEMAS['cluster.created'], data }];
    await database.store.append({
      appends: [{ stream: streamOf('cluster', 'main'), expectedVersion: 0, events }],
      meta: { actor: 'bench' },
    });
  } finally {
    await database.close();
  }
}

async function seeded(stateDirectory: string, databaseUrl: string, size: Size): Promise<Seeded> {
  const config = {
    stateDirectory,
    databaseUrl,
    listen: [{ host: '127.0.0.1', port: 0 }],
    urls: ['http://127.0.0.1:7480'],
    agentPackage: join(stateDirectory, 'agent.deb'),
    installScript: join(stateDirectory, 'install.sh'),
  };
  await beginLog(config);
  const platform = await openPlatform(config, silentLog);
  try {
    const identities = await seed(platform, size);
    return { identities, events: await allEvents(platform) };
  } finally {
    await closePlatform(platform);
  }
}

async function allEvents(platform: Platform): Promise<Recorded[]> {
  const events: Recorded[] = [];
  for await (const event of readAll(platform.store)) events.push(recorded(event));
  return events;
}

async function inBatches<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += width) await Promise.all(items.slice(at, at + width).map(work));
}

async function connected(url: string, identities: readonly Identity[]): Promise<WireClient[]> {
  const agents = identities.map((identity) => new WireClient(url, identity));
  await inBatches(agents, 10, async (agent) => {
    await agent.poll();
    await agent.report();
  });
  return agents;
}

async function query<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'techulus-bench' });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What log_statement needs beside it, so that each line names the connection's owner. */
const settings = { log_line_prefix: 'app=%a ' };

async function open(stateDirectory: string, postgres: EmbeddedPostgres, size: Size): Promise<Fleet> {
  const { identities, events } = await seeded(stateDirectory, postgres.url, size);
  const api = await startApi({ stateDirectory, databaseUrl: postgres.url });
  try {
    const agents = await connected(api.url, identities);
    return {
      size,
      api,
      agents,
      events,
      stateDirectory,
      databaseUrl: postgres.url,
      stopPostgres: () => postgres.stop(),
      postgresLog: () => readFileSync(join(stateDirectory, 'postgres/postgres.log'), 'utf8'),
      query: (sql) => query(postgres.url, sql),
      stop: async () => {
        for (const agent of agents) agent.close();
        await api.stop();
        await postgres.stop();
        rmSync(stateDirectory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await api.stop();
    throw error;
  }
}

export async function startFleet(size: Size): Promise<Fleet> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'techulus-bench-'));
  chmodSync(stateDirectory, 0o711); // PostgreSQL runs as another user
  const postgres = await startEmbeddedPostgres({ directory: join(stateDirectory, 'postgres'), settings });
  try {
    return await open(stateDirectory, postgres, size);
  } catch (error) {
    await postgres.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
    throw error;
  }
}
