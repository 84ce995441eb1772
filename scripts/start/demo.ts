/** The demo: a web service of three replicas and the data service it asks by name. What is there already is left as it is. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Rest } from './rest.ts';

type Say = (line: string) => void;

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Service extends Named {
  readonly runningRevision: number | null;
  readonly replicas: number;
  readonly available: number;
}

interface Rollout {
  readonly id: string;
  readonly status: 'pending' | 'in_progress' | 'succeeded' | 'failed' | 'rolled_back' | 'cancelled' | 'superseded';
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly serviceId: string;
  readonly deployments: readonly { readonly stage: string }[];
}

const longestWaitMs = 60_000;

const demo = (registry: string) => [
  {
    name: 'data',
    image: `${registry}/demo/data:1`,
    replicas: 1,
    ports: [{ port: 8080, protocol: 'tcp' }],
    healthCheck: { type: 'http', port: 8080, path: '/healthz' },
  },
  {
    name: 'web',
    image: `${registry}/demo/web:1`,
    replicas: 3,
    ports: [{ port: 8080, protocol: 'tcp' }],
    healthCheck: { type: 'http', port: 8080, path: '/healthz' },
    env: { DATA_URL: 'http://data.internal:8080/' },
  },
];

async function findOrCreate<T extends Named>(rest: Rest, path: string, body: { name: string }): Promise<T> {
  const existing = (await rest.list<T>(path)).find(({ name }) => name === body.name);
  return existing ?? rest.post<T>(path, body);
}

/** `healthy, pulling ×2` */
function stagesOf({ deployments }: Rollout): string {
  const stages = deployments.map(({ stage }) => stage);
  const counted = [...new Set(stages)].map((stage) => [stage, stages.filter((one) => one === stage).length] as const);
  return counted.map(([stage, count]) => (count === 1 ? stage : `${stage} ×${count}`)).join(', ');
}

async function untilTerminal(rest: Rest, id: string, onStages: Say): Promise<Rollout> {
  for (let told = ''; ; await pause(250)) {
    const rollout = await rest.get<Rollout>(`/rollouts/${id}`);
    if (!isRunning(rollout.status)) return rollout;
    const stages = stagesOf(rollout);
    if (stages !== told) onStages(stages);
    told = stages;
  }
}

/** A start that was interrupted left its rollout to the control plane, which went on with it or still does. */
async function rolloutFor(rest: Rest, service: Service): Promise<Rollout> {
  const rollouts = await rest.list<Rollout>('/rollouts');
  const running = rollouts.find(({ serviceId, status }) => serviceId === service.id && isRunning(status));
  return running ?? rest.post<Rollout>(`/services/${service.id}/rollouts`, {});
}

function isRunning(status: Rollout['status']): boolean {
  return status === 'pending' || status === 'in_progress';
}

async function deployService(rest: Rest, service: Service, say: Say): Promise<void> {
  if (service.runningRevision !== null) return say(`${service.name}: runs revision ${service.runningRevision} already`);
  const { id } = await rolloutFor(rest, service);
  const rollout = await untilTerminal(rest, id, (stages) => say(`${service.name}: ${stages}`));
  if (rollout.status !== 'succeeded') {
    const reason = rollout.reason?.message ?? 'no reason given';
    throw new Error(`the rollout ${rollout.id} of ${service.name} ended as ${rollout.status}: ${reason}`);
  }
  say(`${service.name}: rolled out`);
}

/** After a resumed start the containers come back one by one; the table should not be drawn before, nor wait for ever. */
async function untilAvailable(rest: Rest, names: readonly string[], say: Say): Promise<void> {
  for (let waited = 0; waited < longestWaitMs; waited += 500) {
    const services = (await rest.list<Service>('/services')).filter(({ name }) => names.includes(name));
    if (services.every(({ available, replicas }) => available >= replicas)) return;
    if (waited === 0) say('waiting for all replicas');
    await pause(500);
  }
  say('not all replicas are there yet');
}

export async function deployDemo(rest: Rest, registry: string, say: Say): Promise<void> {
  const project = await findOrCreate<Named>(rest, '/projects', { name: 'demo' });
  const services = demo(registry);
  for (const wanted of services) {
    const body = { projectId: project.id, ...wanted };
    const service = await findOrCreate<Service>(rest, '/services', body);
    await deployService(rest, service, say);
  }
  await untilAvailable(
    rest,
    services.map(({ name }) => name),
    say,
  );
}
