/** Every route of the surface, over HTTP, on a control plane of its own. */
import { silentLog } from './log.ts';
import type { DeploymentResource } from './deployments/deployment.dto.ts';
import type { WrittenProject } from './projects/project.dto.ts';
import type { RolloutResource, WrittenRollout } from './rollouts/rollout.dto.ts';
import type { CreatedServer, ServerResource } from './servers/server-resource.dto.ts';
import type { ServiceResource, WrittenService } from './services/service-resource.dto.ts';
import { digestOf, type FakeRegistry, startFakeRegistry } from './testing/fake-registry.ts';
import { RestClient } from './testing/rest-client.ts';
import { SimulatedAgent } from './testing/simulated-agent.ts';
import { startControlPlane, type TestControlPlane } from './testing/test-control-plane.ts';
import { until } from './testing/until.ts';
import type { WhyResource } from './why/why.dto.ts';

interface List<T> {
  items: T[];
  next: string | null;
}

let plane: TestControlPlane;
let rest: RestClient;
let registry: FakeRegistry;
const agents: SimulatedAgent[] = [];

beforeAll(async () => {
  registry = await startFakeRegistry();
  plane = await startControlPlane({ ...silentLog, error: (fields, message) => console.error(message, fields) });
  rest = new RestClient(plane);
});
afterAll(async () => {
  await plane.remove();
  registry.close();
});

async function pass(): Promise<void> {
  for (const agent of agents) await agent.pass();
}

async function passUntil(holds: () => Promise<boolean>, what: string): Promise<void> {
  await until(async () => {
    await pass();
    return holds();
  }, what);
}

async function rolloutEnds(id: string): Promise<RolloutResource> {
  let last: RolloutResource | undefined;
  await passUntil(async () => {
    last = (await rest.get<RolloutResource>(`/rollouts/${id}`)).body;
    return !['pending', 'in_progress'].includes(last.status);
  }, `rollout ${id} ends`);
  return last!;
}

describe('servers', () => {
  it('are made with a token and an install line, and join', async () => {
    for (const [name, role] of [
      ['proxy-1', 'proxy'],
      ['worker-1', 'worker'],
      ['worker-2', 'worker'],
    ] as const) {
      const made = await rest.must<CreatedServer>('POST', '/servers', { name, role, labels: { disk: 'ssd' } });
      expect(made).toMatchObject({
        status: 'registering',
        role,
        labels: { disk: 'ssd' },
        subnetId: null,
        conditions: null,
      });
      expect(made.installLine).toContain(`TECHULUS_TOKEN=${made.registrationToken} `);
      expect(made.installLine.includes('--proxy')).toBe(role === 'proxy');
      const agent = new SimulatedAgent(plane.url, role === 'proxy');
      expect((await agent.register(made.registrationToken)).status).toBe(200);
      expect(agent.serverId).toBe(made.id);
      agents.push(agent);
    }
    await passUntil(
      async () => (await rest.get<List<ServerResource>>('/servers')).body.items.every((s) => s.admitted),
      'all are admitted',
    );
    const { items } = (await rest.get<List<ServerResource>>('/servers')).body;
    expect(items.map(({ name, status }) => [name, status])).toEqual([
      ['proxy-1', 'online'],
      ['worker-1', 'online'],
      ['worker-2', 'online'],
    ]);
    const one = (await rest.get<ServerResource>(`/servers/${agents[1]!.serverId}`)).body;
    expect(one).toMatchObject({
      subnetId: 2,
      meshAddress: '10.100.2.1',
      conditions: { podmanAnswers: true, versions: { agent: '0.1.0' } },
    });
    expect(one.conditions?.sections.map(({ section }) => section)).toEqual([
      'containers',
      'dns',
      'traefik',
      'wireguard',
    ]);
    const all = JSON.stringify((await rest.get('/events?limit=200')).body);
    expect(all).not.toContain('tcl_');
  });

  it('show what they are expected to be', async () => {
    const { body } = await rest.get<{ sections: Record<string, { generation: object; parts: { key: string }[] }> }>(
      `/servers/${agents[0]!.serverId}/expected-state`,
    );
    expect(body.sections['wireguard']?.parts.map(({ key }) => key).toSorted()).toEqual(
      [agents[1]!.serverId, agents[2]!.serverId].toSorted(),
    );
    expect(body).not.toHaveProperty('sealed');
  });

  it('are renamed, cordoned, uncordoned', async () => {
    const path = `/servers/${agents[2]!.serverId}`;
    expect(await rest.must('PATCH', path, { labels: { disk: 'hdd' } })).toMatchObject({
      labels: { disk: 'hdd' },
      name: 'worker-2',
    });
    expect(await rest.must('POST', `${path}/cordon`)).toMatchObject({
      cordoned: true,
      can: { cordon: { allowed: false, reason: 'it is cordoned already' } },
    });
    expect(await rest.must('POST', `${path}/uncordon`)).toMatchObject({ cordoned: false });
  });

  it('get a new token, which ends the one before', async () => {
    const made = await rest.must<CreatedServer>('POST', '/servers', { name: 'spare', role: 'worker' });
    const again = await rest.must<CreatedServer>('POST', `/servers/${made.id}/registration-token`);
    expect(again.registrationToken).not.toBe(made.registrationToken);
    expect((await new SimulatedAgent(plane.url).register(made.registrationToken)).body).toMatchObject({
      code: 'token_invalid',
    });
    expect((await rest.get(`/servers/${made.id}/expected-state`)).body).toMatchObject({
      status: 409,
      code: 'server_not_in_mesh',
    });
    const removed = await rest.send('DELETE', `/servers/${made.id}`);
    expect(removed).toMatchObject({ status: 202, body: { status: 'removed' } });
    expect((await rest.send('POST', `/servers/${made.id}/cordon`)).status).toBe(404);
    expect((await rest.get<ServerResource>(`/servers/${made.id}`)).body.status).toBe('removed');
  });
});

let service: ServiceResource;

describe('a service', () => {
  it('keeps secrets and registry credentials that are never shown', async () => {
    expect(await rest.must('PUT', '/secrets/db-password', { value: 'hunter2' })).toMatchObject({
      name: 'db-password',
      currentVersion: 1,
    });
    expect(await rest.must('PUT', '/secrets/db-password', { value: 'hunter3' })).toMatchObject({
      currentVersion: 2,
      usedBy: [],
    });
    const credentials = { username: 'ann', password: 'swordfish', plainHttp: true };
    expect(await rest.must('PUT', `/registry-credentials/${registry.host}`, credentials)).toMatchObject({
      host: registry.host,
      plainHttp: true,
    });
    const seen = [
      await rest.get('/secrets/db-password'),
      await rest.get(`/registry-credentials/${registry.host}`),
      await rest.get('/events?limit=200'),
    ];
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(JSON.stringify(seen.map(({ body }) => body))).not.toMatch(/hunter|swordfish/);
  });

  it('is made with defaults, its tag pinned, and starts nothing', async () => {
    registry.tags.set('v1', digestOf('v1'));
    const project = await rest.must<WrittenProject>('POST', '/projects', { name: 'shop' });
    service = await rest.must<WrittenService>('POST', '/services', {
      projectId: project.id,
      name: 'web',
      image: `${registry.host}/web:v1`,
      replicas: 3,
      env: { constructor: 'a name like any other' },
      secrets: { DB_PASSWORD: 'db-password' },
      ports: [{ port: 8080 }],
      stopTimeoutSeconds: 0,
      drainSeconds: 0,
    });
    expect(service).toMatchObject({
      digest: digestOf('v1'),
      digestError: null,
      latestRevision: 1,
      runningRevision: null,
      outdated: false,
      available: 0,
      env: { constructor: 'a name like any other' },
      ports: [{ port: 8080, protocol: 'tcp' }],
      healthCheck: null,
      strategy: { order: 'start-first', batch: null },
      placement: { constraints: [], servers: [] },
    });
    expect((await rest.get<List<DeploymentResource>>('/deployments')).body.items).toEqual([]);
    expect((await rest.send('DELETE', `/projects/${project.id}`)).body).toMatchObject({
      status: 409,
      code: 'project_not_empty',
    });
    expect((await rest.send('DELETE', '/secrets/db-password')).body).toMatchObject({
      status: 409,
      code: 'secret_in_use',
    });
    expect((await rest.get<List<ServiceResource>>(`/services?project=${project.id}`)).body.items).toHaveLength(1);
  });

  it('is rolled out; what each replica waits for is shown', async () => {
    const started = await rest.send<WrittenRollout>('POST', `/services/${service.id}/rollouts`, {});
    expect(started.status).toBe(201);
    expect(started.body).toMatchObject({
      status: 'in_progress',
      revision: 1,
      fromRevision: null,
      direction: 'forward',
    });
    expect(started.body.deployments).toHaveLength(3);
    expect(started.body.deployments[0]).toMatchObject({
      stage: 'pending',
      waitingFor: [{ what: 'server', serverName: expect.any(String) }],
    });
    const ended = await rolloutEnds(started.body.id);
    expect(ended).toMatchObject({ status: 'succeeded', can: { cancel: { allowed: false } } });
    await passUntil(
      async () => (await rest.get<List<DeploymentResource>>('/deployments?stage=running')).body.items.length === 3,
      'three run',
    );
    const now = (await rest.get<ServiceResource>(`/services/${service.id}`)).body;
    expect(now).toMatchObject({ runningRevision: 1, available: 3, rolloutId: null });
    expect(now.addresses).toHaveLength(3);
  });

  it('is changed inside: a revision, outdated, and back to the older one', async () => {
    registry.tags.set('v1', digestOf('v1b'));
    const same = await rest.must<WrittenService>('PATCH', `/services/${service.id}`, {
      image: `${registry.host}/web:v1`,
    });
    expect(same).toMatchObject({ latestRevision: 2, outdated: true, digest: digestOf('v1b') });
    const missing = await rest.must<WrittenService>('PATCH', `/services/${service.id}`, {
      image: `${registry.host}/web:nope`,
    });
    expect(missing).toMatchObject({ latestRevision: 3, digest: null, digestError: 'image_not_found' });
    const failed = await rest.must<WrittenRollout>('POST', `/services/${service.id}/rollouts`);
    expect(failed).toMatchObject({ status: 'rolled_back', reason: { code: 'image_not_found' } });
    const { items } = (await rest.get<List<{ revision: number }>>(`/services/${service.id}/revisions`)).body;
    expect(items.map(({ revision }) => revision)).toEqual([3, 2, 1]);
    const page = (await rest.get<List<{ revision: number }>>(`/services/${service.id}/revisions?limit=2`)).body;
    expect(
      (await rest.get<List<{ revision: number }>>(`/services/${service.id}/revisions?cursor=${page.next}`)).body.items,
    ).toHaveLength(1);
    const back = await rest.must<WrittenRollout>('POST', `/services/${service.id}/rollouts`, { revision: 2 });
    expect(await rolloutEnds(back.id)).toMatchObject({ status: 'succeeded', revision: 2 });
    const rollouts = (await rest.get<List<RolloutResource>>(`/rollouts?service=${service.id}`)).body.items;
    expect(rollouts.map(({ status }) => status)).toEqual(['succeeded', 'rolled_back', 'succeeded']);
  });

  it('is rolled out and cancelled: back to what ran', async () => {
    registry.tags.set('v3', digestOf('v3'));
    await rest.must('PATCH', `/services/${service.id}`, { image: `${registry.host}/web:v3` });
    const started = await rest.must<WrittenRollout>('POST', `/services/${service.id}/rollouts`);
    expect(started).toMatchObject({ status: 'in_progress', fromRevision: 2, can: { cancel: { allowed: true } } });
    const path = `/rollouts/${started.id}/cancel`;
    expect((await rest.send('POST', path, undefined, { 'if-match': '"99"' })).status).toBe(412);
    const cancelled = await rest.send<WrittenRollout>('POST', path);
    expect(cancelled.status).toBe(202);
    expect(cancelled.body).toMatchObject({ direction: 'back', reason: { code: 'cancelled' } });
    expect(await rolloutEnds(started.id)).toMatchObject({ status: 'cancelled' });
    expect((await rest.send('POST', path)).body).toMatchObject({ id: started.id, status: 'cancelled' });
    const now = (await rest.get<ServiceResource>(`/services/${service.id}`)).body;
    expect(now).toMatchObject({ runningRevision: 2, latestRevision: 4, outdated: true, available: 3 });
  });

  it('is scaled at once; a bare change of settings makes no revision', async () => {
    const scaled = await rest.must<WrittenService>('PATCH', `/services/${service.id}`, {
      replicas: 4,
      drainSeconds: 1,
    });
    expect(scaled).toMatchObject({ replicas: 4, drainSeconds: 1, latestRevision: 4 });
    await passUntil(
      async () => (await rest.get<ServiceResource>(`/services/${service.id}`)).body.available === 4,
      'four serve',
    );
    expect((await rest.send('PATCH', `/services/${service.id}`, { replicas: 100_000 })).body).toMatchObject({
      status: 409,
      code: 'no_capacity',
    });
  });

  it('explains itself, and shows the cluster as it was', async () => {
    const rollouts = (await rest.get<List<RolloutResource>>(`/rollouts?service=${service.id}&status=succeeded`)).body
      .items;
    const first = rollouts.at(-1)!;
    for (const [kind, id] of [
      ['service', service.id],
      ['rollout', first.id],
      ['deployment', first.deployments[0]!.id],
      ['server', agents[0]!.serverId],
      ['project', service.projectId],
      ['secret', 'db-password'],
      ['registry', registry.host],
    ]) {
      const { status, body } = await rest.get<WhyResource>(`/why/${kind}/${id}`);
      expect([kind, status]).toEqual([kind, 200]);
      expect(body.summary).not.toBe('');
      expect(body.chain.map(({ position }) => position)).toEqual(
        body.chain.map(({ position }) => position).toSorted((a, b) => b - a),
      );
      expect(body.chain.some(({ actor }) => actor === 'administrator')).toBe(true);
    }
    const events = (await rest.get<List<{ position: number; type: string }>>('/events?limit=200')).body.items;
    const made = events.find(({ type }) => type === 'service.created')!.position;
    const then = (await rest.get<{ services: object[]; position: number }>(`/cluster?at=${made + 1}`)).body;
    expect(then).toMatchObject({
      position: made + 1,
      services: [{ name: 'web', runningRevision: null }],
      deployments: [],
      peers: [{}, {}, {}],
    });
    expect((await rest.get(`/cluster?at=${made - 1}`)).body).toMatchObject({ services: [] });
    expect((await rest.get('/cluster')).body).toMatchObject({
      services: [{ runningRevision: 2 }],
      records: [{ name: 'web' }],
    });
    expect((await rest.get(`/cluster?at=999999`)).body).toMatchObject({ status: 400, code: 'position_in_future' });
  });

  it('moves away from a server that is drained', async () => {
    const id = agents[2]!.serverId;
    const drained = await rest.must<ServerResource>('POST', `/servers/${id}/drain`);
    expect(drained).toMatchObject({ draining: true, cordoned: true });
    expect(drained.stays.length).toBeGreaterThan(0);
    await rest.must('PATCH', `/services/${service.id}`, { replicas: 2 });
    await passUntil(
      async () => (await rest.get<ServerResource>(`/servers/${id}`)).body.stays.length === 0,
      'it is empty',
    );
  });

  it('is deleted: 202, then 404; the history stays', async () => {
    expect((await rest.send('DELETE', `/services/${service.id}`)).status).toBe(202);
    await passUntil(async () => (await rest.get(`/services/${service.id}`)).status === 404, 'it is gone');
    const { items } = (await rest.get<List<DeploymentResource>>(`/deployments?service=${service.id}&limit=200`)).body;
    expect(items.length).toBeGreaterThanOrEqual(7);
    expect(new Set(items.map(({ stage }) => stage))).toEqual(new Set(['stopped', 'rolled_back']));
    expect((await rest.get(`/deployments/${items[0]!.id}`)).body).toMatchObject({
      serviceId: service.id,
      serviceName: null,
    });
    const rollout = (await rest.get<List<RolloutResource>>(`/rollouts?service=${service.id}`)).body.items.at(-1);
    expect((await rest.send('POST', `/rollouts/${rollout!.id}/cancel`)).body).toMatchObject({
      status: 409,
      code: 'rollout_ended',
    });
    expect((await rest.send('DELETE', '/secrets/db-password')).status).toBe(200);
    expect((await rest.send('DELETE', `/registry-credentials/${registry.host}`)).status).toBe(200);
  });
});
