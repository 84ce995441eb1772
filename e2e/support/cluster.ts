/** What an operator does and looks at, over REST. */
import { readLabJson } from '@techulus/lab';
import type { CreateServiceBody } from '@techulus/api-client';
import { lookUp } from './nodes.ts';
import { rest } from './rest.ts';
import type { Deployment, Event, Rollout, Server, Service } from './resources.ts';
import { waitFor, type Deadline } from './wait-for.ts';

/** What is given of a service beside project, name, port and check. */
type Settings = Omit<CreateServiceBody, 'projectId' | 'name'>;

interface Named {
  readonly id: string;
  readonly name: string;
}

const healthCheck = { type: 'http', port: 8080, path: '/healthz', intervalSeconds: 1, timeoutSeconds: 2, retries: 2 };
const listens = { ports: [{ port: 8080, protocol: 'tcp' }], healthCheck };

export function image(name: string): string {
  return `${readLabJson().registry}/${name}`;
}

export async function ensureProject(name = 'demo'): Promise<string> {
  const known = (await rest.list<Named>('/projects')).find((project) => project.name === name);
  return (known ?? (await rest.post<Named>('/projects', { name }))).id;
}

export async function findService(name: string): Promise<Service | undefined> {
  return (await rest.list<Service>('/services')).find((service) => service.name === name);
}

export async function service(name: string): Promise<Service> {
  const found = await findService(name);
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
}

export async function createService(name: string, settings: Settings): Promise<Service> {
  return await rest.post<Service>('/services', { projectId: await ensureProject(), name, ...listens, ...settings });
}

export async function startRollout(serviceId: string, revision?: number): Promise<Rollout> {
  return await rest.post<Rollout>(`/services/${serviceId}/rollouts`, revision === undefined ? {} : { revision });
}

const isTerminal = ({ status }: Rollout): boolean => status !== 'pending' && status !== 'in_progress';

export async function endOf(rolloutId: string, deadline: Deadline = {}): Promise<Rollout> {
  const look = (): Promise<Rollout> => rest.get<Rollout>(`/rollouts/${rolloutId}`);
  return await waitFor(`the end of rollout ${rolloutId}`, look, isTerminal, deadline);
}

export async function rollOut(serviceId: string, deadline: Deadline = {}): Promise<Rollout> {
  return await endOf((await startRollout(serviceId)).id, deadline);
}

/** The service with as many replicas as said, serving; made and rolled out where it is missing. */
export async function ensureService(name: string, settings: Settings): Promise<Service> {
  const found = (await findService(name)) ?? (await createService(name, settings));
  if (found.runningRevision === null) expect(await rollOut(found.id)).toMatchObject({ status: 'succeeded' });
  return await serving(name, settings.replicas ?? 1);
}

export async function serving(name: string, replicas: number, deadline: Deadline = {}): Promise<Service> {
  const wanted = ({ available, addresses }: Service): boolean =>
    available === replicas && addresses.length === replicas;
  return await waitFor(`${replicas} serving replicas of ${name}`, () => service(name), wanted, deadline);
}

export async function ensureDemo(): Promise<{ readonly data: Service; readonly web: Service }> {
  const data = await ensureService('data', { image: image('demo/data:1'), replicas: 1 });
  const env = { DATA_URL: 'http://data.internal:8080/' };
  const web = await ensureService('web', { image: image('demo/web:1'), replicas: 3, env });
  await named('web', web.addresses);
  await named('data', data.addresses);
  return { data, web };
}

async function namesOfServers(): Promise<string[]> {
  const servers = await rest.list<Server>('/servers');
  const online = new Set(servers.filter(({ status }) => status === 'online').map(({ id }) => id));
  return readLabJson()
    .nodes.filter(({ serverId }) => online.has(serverId ?? ''))
    .map(({ name }) => name);
}

/** Every server answers the name with exactly these addresses. */
export async function named(name: string, addresses: readonly string[], deadline: Deadline = {}): Promise<void> {
  const wanted = JSON.stringify(addresses.toSorted());
  const servers = await namesOfServers();
  const look = async (): Promise<string[]> =>
    await Promise.all(servers.map(async (node) => JSON.stringify((await lookUp(node, `${name}.internal`)).addresses)));
  await waitFor(
    `${name}.internal as ${wanted} on every server`,
    look,
    (seen) => seen.every((each) => each === wanted),
    deadline,
  );
}

export async function deleteService(name: string): Promise<void> {
  const found = await findService(name);
  if (found === undefined) return;
  if (!found.deleting) await rest.delete(`/services/${found.id}`);
  await waitFor(
    `${name} to be gone`,
    () => findService(name),
    (seen) => seen === undefined,
  );
}

const ended = ['stopped', 'failed', 'rolled_back'];

/** Those that are not over. */
export async function livingDeployments(serviceId: string): Promise<Deployment[]> {
  const all = await rest.list<Deployment>(`/deployments?service=${serviceId}`);
  return all.filter(({ stage }) => !ended.includes(stage)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

export async function serverNamed(name: string): Promise<Server> {
  const found = (await rest.list<Server>('/servers')).find((each) => each.name === name && each.status !== 'removed');
  if (found === undefined) throw new Error(`there is no server ${name}`);
  return found;
}

export async function eventsAfter(position: number): Promise<Event[]> {
  const events: Event[] = [];
  for (let after: string | null = String(position); after !== null;) {
    const page: { items: Event[]; next: string | null } = await rest.get(`/events?after=${after}&limit=100`);
    events.push(...page.items);
    after = page.next;
  }
  return events;
}

export async function headPosition(): Promise<number> {
  return (await rest.get<{ position: number }>('/cluster')).position;
}

/** Nothing moves: no rollout, no drift on any server that is online. */
export async function quiet(deadline: Deadline = {}): Promise<void> {
  const look = async (): Promise<{ drifting: string[]; rollouts: number }> => {
    const servers = (await rest.list<Server>('/servers')).filter(({ status }) => status !== 'removed');
    const drifts = ({ conditions }: Server): boolean =>
      conditions === null || conditions.agentState !== 'IDLE' || conditions.sections.some(({ drift }) => drift);
    const moving = (await rest.list<Service>('/services')).filter(({ rolloutId }) => rolloutId !== null);
    return { drifting: servers.filter(drifts).map(({ name }) => name), rollouts: moving.length };
  };
  await waitFor(
    'a cluster at rest',
    look,
    ({ drifting, rollouts }) => drifting.length === 0 && rollouts === 0,
    deadline,
  );
}
