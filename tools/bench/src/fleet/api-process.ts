/** The control plane as it ships: the bundle, a process of its own, its database on loopback. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pause, start, type Child } from '../machine/run.ts';

export interface ApiProcess {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

export interface ApiOptions {
  readonly stateDirectory: string;
  /** Undefined: the embedded PostgreSQL of the state directory. */
  readonly databaseUrl: string | undefined;
  readonly port?: number;
}

export function spawnApi({ stateDirectory, databaseUrl, port = 0 }: ApiOptions): Child {
  const { PATH, HOME, BENCH_API_FLAGS } = process.env;
  const env = {
    PATH,
    HOME,
    TECHULUS_STATE_DIR: stateDirectory,
    TECHULUS_LISTEN: `127.0.0.1:${port}`,
    TECHULUS_URL: 'http://127.0.0.1:7480',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  rmSync(join(stateDirectory, 'api.json'), { force: true });
  const flags = BENCH_API_FLAGS?.split(' ').filter((flag) => flag !== '') ?? [];
  return start(process.execPath, [...flags, 'apps/api/dist/main.js'], env);
}

function readUrl(stateDirectory: string): string | undefined {
  try {
    const { urls } = JSON.parse(readFileSync(join(stateDirectory, 'api.json'), 'utf8')) as { urls: string[] };
    return urls[0];
  } catch {
    return undefined;
  }
}

export async function startApi(options: ApiOptions): Promise<ApiProcess> {
  const child = spawnApi(options);
  for (let turn = 0; turn < 3_000; turn += 1) {
    const url = readUrl(options.stateDirectory);
    if (url !== undefined) return { pid: child.pid, url, stop: () => child.stop() };
    if (child.process.exitCode !== null) break;
    await pause(20);
  }
  await child.stop();
  throw new Error(`the control plane did not become ready: ${child.output().slice(-1_000)}`);
}
