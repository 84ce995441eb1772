/** The lab of this checkout's own bench, through its command line and the REST surface, as an operator has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { progress } from '../bench.ts';
import { pause, run } from '../machine/run.ts';

const FOLDER = '.lab-bench';
const UP_SECONDS = 600;

interface LabJson {
  readonly apiUrl: string;
  readonly registry: string;
  readonly adminToken: string;
  readonly nodes: readonly { name: string; role: string; serverId: string }[];
}

export interface Lab {
  readonly registry: string;
  readonly nodes: LabJson['nodes'];
  /** Standard output of a shell script in a node. */
  inNode(node: string, script: string, seconds?: number): Promise<string>;
  send<T>(method: string, path: string, body?: unknown): Promise<T>;
  down(): Promise<void>;
}

function lab(args: readonly string[], seconds: number): Promise<string> {
  return run('env', [`TECHULUS_LAB_DIR=${FOLDER}`, 'node', 'tools/lab/src/main.ts', ...args], seconds);
}

async function send<T>({ apiUrl, adminToken }: LabJson, method: string, path: string, body: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const signal = AbortSignal.timeout(20_000);
  const response = await fetch(`${apiUrl}/api/v1${path}`, { method, headers, signal, ...payload });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

export async function startLab(): Promise<Lab> {
  progress('building the package, starting a lab of two workers and a proxy…');
  await run('node', ['scripts/build.ts', '--deb'], UP_SECONDS);
  const down = async (): Promise<void> => void (await lab(['down', '--purge'], UP_SECONDS));
  try {
    await lab(['up'], UP_SECONDS);
  } catch (error) {
    await down();
    throw error;
  }
  const json = JSON.parse(readFileSync(join(FOLDER, 'lab.json'), 'utf8')) as LabJson;
  return {
    registry: json.registry,
    nodes: json.nodes,
    inNode: (node, script, seconds = 60) => lab(['exec', node, '--', 'sh', '-c', script], seconds),
    send: (method, path, body) => send(json, method, path, body),
    down,
  };
}

interface Deployment {
  readonly stage: string;
}

/** Names of the lab's own image, whose server listens at once. */
export async function newService(lab: Lab, name: string, more: object): Promise<string> {
  const { items } = await lab.send<{ items: { id: string; name: string }[] }>('GET', '/projects?limit=100');
  const known = items.find((project) => project.name === 'bench');
  const project = known ?? (await lab.send<{ id: string }>('POST', '/projects', { name: 'bench' }));
  const settings = { image: `${lab.registry}/demo/web:1`, ports: [{ port: 8080, protocol: 'tcp' }], drainSeconds: 0 };
  const body = { projectId: project.id, name, ...settings, ...more };
  return (await lab.send<{ id: string }>('POST', '/services', body)).id;
}

/** From the order to the last replica that runs, in milliseconds. */
export async function deploy(lab: Lab, serviceId: string, replicas: number, seconds = 120): Promise<number> {
  const before = performance.now();
  await lab.send('POST', `/services/${serviceId}/rollouts`, {});
  while (performance.now() - before < seconds * 1000) {
    const { items } = await lab.send<{ items: Deployment[] }>('GET', `/deployments?service=${serviceId}&limit=100`);
    if (items.filter(({ stage }) => stage === 'running').length >= replicas) return performance.now() - before;
    await pause(20);
  }
  throw new Error(`${replicas} replicas did not run within ${seconds} s`);
}

export async function removeService(lab: Lab, serviceId: string): Promise<void> {
  await lab.send('DELETE', `/services/${serviceId}`);
  for (let turn = 0; turn < 600; turn += 1) {
    const { items } = await lab.send<{ items: { id: string }[] }>('GET', '/services?limit=100');
    if (!items.some(({ id }) => id === serviceId)) return;
    await pause(100);
  }
  throw new Error('a service was not removed within a minute');
}
