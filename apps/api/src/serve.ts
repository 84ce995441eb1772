/** The control plane as a process: platform, REST, HTTP in front, jobs; up in this order and down in the opposite one. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { sleep } from '@techulus/ports';
import { openWireServer } from './agent-wire/open-wire-server.ts';
import type { WireServer } from './agent-wire/wire-server.ts';
import { AppModule } from './app.module.ts';
import { Anchor } from './cluster/anchor.ts';
import type { Config } from './config.ts';
import { Front, type Listener } from './front.ts';
import { serveInstallation } from './installation/serve-installation.ts';
import { Jobs } from './jobs/jobs.ts';
import { writeSecretFile } from './keys/secret-file.ts';
import type { Log } from './log.ts';
import { nestLog } from './nest-log.ts';
import { closePlatform, openPlatform, type Platform } from './platform.ts';

/** Requests in flight have this long to end before their connections are cut. */
const ANSWER_WITHIN_MS = 5_000;
const BODY_LIMIT = '1mb';

export interface Running {
  readonly platform: Platform;
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export async function openRest(platform: Platform): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(platform), {
    logger: nestLog(platform.log),
    bodyParser: false,
  });
  app.useBodyParser('json', { limit: BODY_LIMIT });
  app.disable('x-powered-by');
  await app.init();
  return app;
}

export async function serve(config: Config, log: Log): Promise<Running> {
  const platform = await openPlatform(config, log);
  try {
    return await serveOn(platform);
  } catch (error) {
    await closePlatform(platform);
    throw error;
  }
}

async function serveOn(platform: Platform): Promise<Running> {
  const { config, log } = platform;
  const app = await openRest(platform);
  const wire = openWireServer(platform);
  const front = new Front(
    [wire.handle, serveInstallation(platform.installation, log)],
    app.getHttpAdapter().getInstance() as Listener,
  );
  const jobs = new Jobs({ ...platform, queue: platform.jobs });
  await jobs.start();
  const anchor = new Anchor(platform.live, platform.timers, log);
  anchor.start();
  await front.listen(config.listen);
  const urls = front
    .addresses()
    .map(({ address, family, port }) => `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`);
  announce(platform, urls);
  return { platform, urls, stop: () => stop({ platform, app, front, wire, jobs, anchor }) };
}

function announce(platform: Platform, urls: readonly string[]): void {
  const { database, config, log, live } = platform;
  const postgres = { pid: database.pid, url: database.url };
  writeSecretFile(join(config.stateDirectory, 'api.json'), `${JSON.stringify({ pid: process.pid, urls, postgres })}\n`);
  log.info({ urls, agentUrls: config.urls, epoch: live.epoch, head: live.head }, 'ready');
}

interface Parts {
  platform: Platform;
  app: NestExpressApplication;
  front: Front;
  wire: WireServer;
  jobs: Jobs;
  anchor: Anchor;
}

async function stop({ platform, app, front, wire, jobs, anchor }: Parts): Promise<void> {
  const { timers, log, config } = platform;
  log.info({}, 'stopping');
  rmSync(join(config.stateDirectory, 'api.json'), { force: true });
  jobs.stop();
  anchor.stop();
  const answered = front.stopAccepting();
  wire.stop();
  await app.close();
  const enough = new AbortController();
  await Promise.race([answered, sleep(timers, ANSWER_WITHIN_MS, enough.signal)]);
  enough.abort();
  front.cut();
  await closePlatform(platform);
  log.info({}, 'stopped');
}
