/** The control plane as a process of this machine, with its own PostgreSQL and its state under the lab's folder. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isReady, type ApiTarget } from './control-plane-client.ts';
import { daemonProcess, isGone, startDaemon, stopDaemon, type Daemon } from './daemon.ts';
import { readJsonIfThere, readTextIfThere } from './files.ts';
import { apiPort, gatewayOf, refuseTakenPort, type Place } from './network.ts';
import { repositoryRoot, type LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import { identifyProcess, signalProcess, worksIn, type ProcessIdentity } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

/** What the control plane writes when it is ready. */
export interface ApiJson {
  readonly pid: number;
  readonly urls: readonly string[];
  readonly postgres?: { readonly pid: number; readonly url: string } | null;
}

export const apiUrl = (place: Place): string => `http://127.0.0.1:${place.localApiPort}`;
export const nodeApiUrl = (place: Place): string => `http://${gatewayOf(place)}:${apiPort}`;

export function controlPlaneDaemon(paths: LabPaths): Daemon {
  return { title: 'the control plane', dir: join(paths.lab, 'run', 'control-plane'), log: paths.controlPlaneLog };
}

/** What api.json says, if it was written by the process that runs now. */
export function runningApi(paths: LabPaths): ApiJson | undefined {
  const api = readJsonIfThere<ApiJson>(join(paths.controlPlane, 'api.json'));
  return api !== undefined && api.pid === daemonProcess(controlPlaneDaemon(paths))?.pid ? api : undefined;
}

export function adminToken(paths: LabPaths): string | undefined {
  return readTextIfThere(join(paths.controlPlane, 'admin-token'))?.trim();
}

export function apiTarget(paths: LabPaths, place: Place): ApiTarget {
  const token = adminToken(paths);
  if (token === undefined)
    throw new LabProblem(
      'no_admin_token',
      `the control plane has written no admin-token: see ${paths.controlPlaneLog}`,
    );
  return { url: apiUrl(place), token };
}

/** The package of the checkout's own version; tests of upgrades build a later one beside it. */
export function agentDeb(root = repositoryRoot): string | undefined {
  const version = readJsonIfThere<{ version: string }>(join(root, 'apps/agent/package.json'))?.version;
  const deb = join(root, 'dist', `techulus-agent_${version}_amd64.deb`);
  return existsSync(deb) ? deb : undefined;
}

function builtParts(): { main: string; deb: string } {
  const main = join(repositoryRoot, 'apps/api/dist/main.js');
  const deb = agentDeb();
  if (!existsSync(main))
    throw new LabProblem('not_built', 'apps/api/dist/main.js is missing: run `npm run build` first');
  if (deb === undefined)
    throw new LabProblem('not_built', 'dist/techulus-agent_*_amd64.deb is missing: run `npm run build:deb` first');
  return { main, deb };
}

/** Not all of ours: a test runner's NODE_OPTIONS and NODE_ENV are not the control plane's. */
function inherited(): NodeJS.ProcessEnv {
  const wanted = ([name]: [string, unknown]): boolean =>
    /^(PATH|HOME|LANG|LC_ALL|TZ|DATABASE_URL|TECHULUS_\w+)$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(wanted));
}

function lastLogLine(paths: LabPaths): string {
  const last = (readTextIfThere(paths.controlPlaneLog) ?? '').trim().split('\n').at(-1) ?? '';
  return `${paths.controlPlaneLog} ends: ${last.slice(0, 300)}`;
}

export async function startControlPlane(paths: LabPaths, place: Place): Promise<ApiJson> {
  const daemon = controlPlaneDaemon(paths);
  if (daemonProcess(daemon) === undefined) {
    const { main, deb } = builtParts();
    await refuseTakenPort(gatewayOf(place), apiPort, 'the control plane');
    await refuseTakenPort('127.0.0.1', place.localApiPort, 'the control plane');
    mkdirSync(paths.controlPlane, { recursive: true });
    const env = {
      ...inherited(),
      TECHULUS_STATE_DIR: paths.controlPlane,
      TECHULUS_LISTEN: `${gatewayOf(place)}:${apiPort},127.0.0.1:${place.localApiPort}`,
      TECHULUS_URL: nodeApiUrl(place),
      TECHULUS_AGENT_DEB: process.env['TECHULUS_AGENT_DEB'] ?? deb,
    };
    await startDaemon(daemon, { command: process.execPath, args: [main], env });
  }
  const ready = async (): Promise<ApiJson | undefined> => {
    if (await isGone(daemon))
      throw new LabProblem('api_ended', `the control plane ended while starting; ${lastLogLine(paths)}`);
    const api = runningApi(paths);
    return api !== undefined && (await isReady(apiUrl(place))) ? api : undefined;
  };
  return await waitUntil(ready, {
    what: 'readiness of the control plane',
    seconds: 120,
    everyMs: 50,
    hint: () => lastLogLine(paths),
  });
}

/** An embedded PostgreSQL is told apart from a stranger with its number by the folder it works in. */
export function postgresOf(paths: LabPaths): ProcessIdentity | undefined {
  const api = readJsonIfThere<ApiJson>(join(paths.controlPlane, 'api.json'));
  const identity = api?.postgres == null ? undefined : identifyProcess(api.postgres.pid);
  if (identity === undefined) return undefined;
  return worksIn(identity.pid, join(paths.controlPlane, 'postgres', 'data')) ? identity : undefined;
}

async function endPostgres(paths: LabPaths): Promise<void> {
  const gone = (): boolean => postgresOf(paths) === undefined;
  await waitUntil(gone, { what: 'end of PostgreSQL', seconds: 20, everyMs: 30 }).catch(async () => {
    signalProcess(postgresOf(paths), 'SIGQUIT');
    await waitUntil(gone, { what: 'end of PostgreSQL after SIGQUIT', seconds: 20 });
  });
}

export async function stopControlPlane(paths: LabPaths): Promise<void> {
  await stopDaemon(controlPlaneDaemon(paths), 'SIGTERM', 30);
  await endPostgres(paths);
}

/** kill -9, for tests: nothing is said goodbye to. */
export async function killControlPlane(paths: LabPaths): Promise<void> {
  signalProcess(daemonProcess(controlPlaneDaemon(paths)), 'SIGKILL');
  await waitUntil(() => isGone(controlPlaneDaemon(paths)), {
    what: 'end of the control plane',
    seconds: 20,
    everyMs: 10,
  });
  await endPostgres(paths);
}
