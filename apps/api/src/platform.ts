/**
 * Everything below the HTTP surface, opened in the order in which the parts need each other and closed in the opposite
 * one. What a class needs from here it gets by injection (platform.module.ts).
 */
import { mkdirSync } from 'node:fs';
import type { EventStore, JobQueue } from '@techulus/event-store';
import { type Clock, type Random, systemRandom, systemTimers, type Timers } from '@techulus/ports';
import { KeptAnswers } from './answers/kept-answers.ts';
import { LiveCluster } from './cluster/live-cluster.ts';
import { Commands } from './commands/execute.ts';
import type { Config } from './config.ts';
import { type AdminToken, openAdminToken } from './keys/admin-token.ts';
import { Ciphertexts } from './keys/ciphertexts.ts';
import { type ControlPlaneKey, openControlPlaneKey } from './keys/control-plane-key.ts';
import { checkKeys } from './keys/key-check.ts';
import { type MasterKey, openMasterKey } from './keys/master-key.ts';
import { Installation } from './installation/installation.ts';
import { Snapshots } from './cluster/snapshots.ts';
import { ensureCluster } from './cluster/first-event.ts';
import type { Log } from './log.ts';
import { type Database, openDatabase } from './postgres/database.ts';
import type { Orm } from './postgres/orm.ts';
import { Hearing } from './presence/hearing.ts';
import { projections } from './projections/projections.ts';
import { Projector } from './projections/projector.ts';

/** A tail of this length is folded in some ten milliseconds. */
const SNAPSHOT_EVERY = 2_000;

export interface Platform {
  readonly config: Config;
  readonly log: Log;
  readonly store: EventStore;
  readonly jobs: JobQueue;
  readonly orm: Orm;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly live: LiveCluster;
  readonly commands: Commands;
  readonly projector: Projector;
  readonly hearing: Hearing;
  readonly ciphertexts: Ciphertexts;
  readonly keptAnswers: KeptAnswers;
  readonly masterKey: MasterKey;
  readonly controlPlaneKey: ControlPlaneKey;
  readonly adminToken: AdminToken;
  readonly installation: Installation;
  readonly database: Database;
}

export async function openPlatform(config: Config, log: Log): Promise<Platform> {
  mkdirSync(config.stateDirectory, { recursive: true, mode: 0o711 });
  const database = await openDatabase(config, log);
  try {
    return await openOn(database, config, log);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openOn(database: Database, config: Config, log: Log): Promise<Platform> {
  const { store, jobs, orm, clock } = database;
  const random = systemRandom;
  const timers = systemTimers;
  const masterKey = openMasterKey(config.stateDirectory, random);
  const controlPlaneKey = openControlPlaneKey(config.stateDirectory);
  await checkKeys(store, masterKey, controlPlaneKey);
  const adminToken = await openAdminToken(store, config.stateDirectory, random);
  await ensureCluster(store);
  const hearing = new Hearing({ store, clock, timers, log });
  await hearing.start();
  const snapshots = new Snapshots({ store, log, every: SNAPSHOT_EVERY });
  const live = new LiveCluster({ store, clock, timers, log, snapshots });
  await live.start();
  const projector = new Projector({ orm, store, projections, timers, log });
  await projector.start();
  return {
    config,
    log,
    store,
    jobs,
    orm,
    clock,
    timers,
    random,
    live,
    commands: new Commands({ store, live, clock, timers, random, hearing }),
    projector,
    hearing,
    ciphertexts: new Ciphertexts(store.rows, masterKey),
    keptAnswers: new KeptAnswers(store, masterKey, clock),
    masterKey,
    controlPlaneKey,
    adminToken,
    installation: new Installation(config),
    database,
  };
}

/** Jobs first: one that runs still needs the rest. */
export async function closePlatform(platform: Platform): Promise<void> {
  await platform.database.stopJobs();
  platform.hearing.stop();
  await platform.projector.close();
  await platform.live.close();
  await platform.database.close();
}
