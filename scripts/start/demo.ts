/** The demo: a web service of three replicas and the data service it asks by name. What is there already is left as it is. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  createProject,
  createService,
  getRollout,
  listProjects,
  listRollouts,
  listServices,
  startRollout,
  type Client,
  type CreateServiceBody,
  type RolloutResource,
  type ServiceResource,
} from '@techulus/api-client';
import { answered, everything } from './answers.ts';

type Say = (line: string) => void;

const longestWaitMs = 60_000;

function services(registry: string, projectId: string): CreateServiceBody[] {
  const common = {
    projectId,
    ports: [{ port: 8080 }],
    healthCheck: { type: 'http' as const, path: '/healthz' },
  };
  return [
    { ...common, name: 'data', image: `${registry}/demo/data:1`, replicas: 1 },
    {
      ...common,
      name: 'web',
      image: `${registry}/demo/web:1`,
      replicas: 3,
      env: { DATA_URL: 'http://data.internal:8080/' },
    },
  ];
}

async function ensureProject(client: Client): Promise<{ id: string }> {
  const known = await everything('listing the projects', (query) => listProjects({ client, query }));
  const existing = known.find(({ name }) => name === 'demo');
  return existing ?? answered('making the project demo', createProject({ client, body: { name: 'demo' } }));
}

async function ensureService(client: Client, body: CreateServiceBody): Promise<ServiceResource> {
  const known = await everything('listing the services', (query) => listServices({ client, query }));
  const existing = known.find(({ name }) => name === body.name);
  return existing ?? answered(`making the service ${body.name}`, createService({ client, body }));
}

function isRunning({ status }: RolloutResource): boolean {
  return status === 'pending' || status === 'in_progress';
}

/** A start that was interrupted left its rollout to the control plane, which went on with it or still does. */
async function ensureRollout(client: Client, { id, name }: ServiceResource): Promise<RolloutResource> {
  const list = (query: object) => listRollouts({ client, query: { ...query, service: id } });
  const running = (await everything('listing the rollouts', list)).find(isRunning);
  return running ?? answered(`rolling out ${name}`, startRollout({ client, path: { id }, body: {} }));
}

/** `healthy, pulling ×2` */
function stagesOf({ deployments }: RolloutResource): string {
  const stages = deployments.map(({ stage }) => stage);
  const counted = [...new Set(stages)].map((stage) => [stage, stages.filter((one) => one === stage).length] as const);
  return counted.map(([stage, count]) => (count === 1 ? stage : `${stage} ×${count}`)).join(', ');
}

async function untilTerminal(client: Client, id: string, onStages: Say): Promise<RolloutResource> {
  for (let told = ''; ; await pause(250)) {
    const rollout = await answered('watching the rollout', getRollout({ client, path: { id } }));
    if (!isRunning(rollout)) return rollout;
    const stages = stagesOf(rollout);
    if (stages !== told) onStages(stages);
    told = stages;
  }
}

async function deploy(client: Client, service: ServiceResource, say: Say): Promise<void> {
  const { name, runningRevision } = service;
  if (runningRevision !== null) return say(`${name}: runs revision ${runningRevision} already`);
  const { id } = await ensureRollout(client, service);
  const rollout = await untilTerminal(client, id, (stages) => say(`${name}: ${stages}`));
  if (rollout.status !== 'succeeded') {
    const reason = rollout.reason?.message ?? 'no reason given';
    throw new Error(`the rollout ${id} of ${name} ended as ${rollout.status}: ${reason}`);
  }
  say(`${name}: rolled out`);
}

/** After a resumed start the containers come back one by one; the table should not be drawn before, nor wait for ever. */
async function untilAvailable(client: Client, names: readonly string[], say: Say): Promise<void> {
  for (let waited = 0; waited < longestWaitMs; waited += 500) {
    const known = await everything('listing the services', (query) => listServices({ client, query }));
    const missing = known.filter(({ name, available, replicas }) => names.includes(name) && available < replicas);
    if (missing.length === 0) return;
    if (waited === 0) say(`waiting for all replicas of ${missing.map(({ name }) => name).join(' and ')}`);
    await pause(500);
  }
  say('not all replicas are there yet');
}

export async function deployDemo(client: Client, registry: string, say: Say): Promise<void> {
  const { id } = await ensureProject(client);
  const wanted = services(registry, id);
  for (const body of wanted) await deploy(client, await ensureService(client, body), say);
  await untilAvailable(
    client,
    wanted.map(({ name }) => name),
    say,
  );
}
