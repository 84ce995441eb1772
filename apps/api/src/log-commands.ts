/** What an operator does with the log from the command line, also while a control plane serves it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLog } from '@techulus/event-store';
import { systemHash, systemTimers } from '@techulus/ports';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { type Database, openDatabase } from './postgres/database.ts';
import { projections } from './projections/projections.ts';
import { Projector } from './projections/projector.ts';

interface Served {
  readonly pid: number;
  readonly postgres: { readonly url: string };
}

/** The control plane that runs on a state directory. */
function servedOn({ stateDirectory }: Config): Served | undefined {
  const path = join(stateDirectory, 'api.json');
  if (!existsSync(path)) return undefined;
  const served = JSON.parse(readFileSync(path, 'utf8')) as Served;
  return isAlive(served.pid) ? served : undefined;
}

export function isServed(config: Config): boolean {
  return servedOn(config) !== undefined;
}

/** The embedded PostgreSQL of a control plane that runs is used where it is; else it is started for the command. */
function reachable(config: Config): Config {
  const served = config.databaseUrl === undefined ? servedOn(config) : undefined;
  return served === undefined ? config : { ...config, databaseUrl: served.postgres.url };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function withDatabase(
  config: Config,
  log: Log,
  work: (database: Database) => Promise<boolean>,
): Promise<boolean> {
  const database = await openDatabase(reachable(config), log);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** True when every event is what the one before it says it must be. */
export function verify(config: Config, log: Log): Promise<boolean> {
  return withDatabase(config, log, async ({ store }) => {
    const verified = await verifyLog(store, systemHash);
    if (verified.ok) log.info({ head: verified.head }, 'the log is whole: every event follows from the one before it');
    else
      log.error({ position: verified.position, reason: verified.reason }, 'the log was changed: the chain breaks here');
    return verified.ok;
  });
}

export function rebuild(config: Config, log: Log): Promise<boolean> {
  return withDatabase(config, log, async ({ orm, store }) => {
    const events = await new Projector({ orm, store, projections, timers: systemTimers, log }).rebuild();
    log.info({ events }, 'the read models were written anew from the log');
    return true;
  });
}
