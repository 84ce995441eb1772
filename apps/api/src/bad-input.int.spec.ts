/** What must be refused, over HTTP: with the right problem, naming the field, and nothing appended. */
import { RestClient } from './testing/rest-client.ts';
import { startControlPlane, type TestControlPlane } from './testing/test-control-plane.ts';

interface Refusal {
  status: number;
  code: string;
  fields?: { field: string; message: string }[];
}

const NO_ID = '019000000000-7000-8000-000000000000';
const UUID = '01900000-0000-7000-8000-000000000000';
let plane: TestControlPlane;
let rest: RestClient;
let project: string;
let service: string;
let server: string;

beforeAll(async () => {
  plane = await startControlPlane();
  rest = new RestClient(plane);
  project = (await rest.must<{ id: string }>('POST', '/projects', { name: 'taken' })).id;
  server = (await rest.must<{ id: string }>('POST', '/servers', { name: 'taken', role: 'worker' })).id;
  await rest.must('PUT', '/registry-credentials/127.0.0.1:9', { plainHttp: true });
  const made = await rest.must<{ id: string; digestError: string }>('POST', '/services', {
    projectId: project,
    name: 'taken',
    image: '127.0.0.1:9/web',
  });
  expect(made.digestError).toBe('registry_unreachable');
  service = made.id;
});
afterAll(() => plane.remove());

async function refused(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Refusal> {
  const before = await plane.platform.store.head();
  const answer = await rest.send<Refusal>(
    method,
    path.replace('$P', project).replace('$S', service).replace('$N', server),
    body,
    headers,
  );
  expect(await plane.platform.store.head()).toEqual(before);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body.status).toBe(answer.status);
  return answer.body;
}

const fieldsOf = ({ fields = [] }: Refusal): string[] => fields.map(({ field }) => field);

const valid = { projectId: '$P', name: 'web', image: '127.0.0.1:9/web' };
const withService = (change: object): unknown => ({ ...valid, projectId: project, ...change });

describe('a body', () => {
  it.each([
    ['POST', '/projects', {}, 'name'],
    ['POST', '/projects', { name: 5 }, 'name'],
    ['POST', '/projects', { name: null }, 'name'],
    ['POST', '/projects', { name: '' }, 'name'],
    ['POST', '/projects', { name: 'x'.repeat(64) }, 'name'],
    ['POST', '/projects', { name: ' x' }, 'name'],
    ['POST', '/projects', { name: 'a\nb' }, 'name'],
    ['POST', '/projects', { name: 'ok', colour: 'red' }, 'colour'],
    ['PATCH', '/projects/$P', { name: [] }, 'name'],
    ['POST', '/servers', { name: 'web', role: 'boss' }, 'role'],
    ['POST', '/servers', { name: 'Web', role: 'worker' }, 'name'],
    ['POST', '/servers', { name: 'web', role: 'worker', labels: { 'a b': 'c' } }, 'labels'],
    ['POST', '/servers', { name: 'web', role: 'worker', labels: { a: 1 } }, 'labels'],
    ['POST', '/servers', { name: 'web', role: 'worker', labels: ['a'] }, 'labels'],
    ['PATCH', '/servers/$N', { role: 'proxy' }, 'role'],
    ['PATCH', '/services/$S', { name: 'other' }, 'name'],
    ['PATCH', '/services/$S', { replicas: -1 }, 'replicas'],
    ['PATCH', '/services/$S', { replicas: 1.5 }, 'replicas'],
    ['PATCH', '/services/$S', { replicas: '3' }, 'replicas'],
    ['PATCH', '/services/$S', { image: 'web/UPPER' }, 'image'],
    ['PATCH', '/services/$S', { command: 'sh' }, 'command'],
    ['PATCH', '/services/$S', { command: ['ok', 5] }, 'command'],
    ['PATCH', '/services/$S', { command: ['nul\0'] }, 'command'],
    ['PATCH', '/services/$S', { command: ['half \ud800'] }, 'command'],
    ['PATCH', '/services/$S', { env: { '1X': 'y' } }, 'env'],
    ['PATCH', '/services/$S', { env: { X: 'y'.repeat(131_073) } }, 'env'],
    ['PATCH', '/services/$S', { env: null }, 'env'],
    ['PATCH', '/services/$S', { secrets: { X: 'no-such' } }, 'secrets.X'],
    ['PATCH', '/services/$S', { ports: [{ port: 0 }] }, 'ports.0.port'],
    ['PATCH', '/services/$S', { ports: [{ port: 80, host: 80 }] }, 'ports.0.host'],
    ['PATCH', '/services/$S', { ports: [{ port: 80 }, { port: 80 }] }, 'ports'],
    ['PATCH', '/services/$S', { ports: { port: 80 } }, 'ports'],
    ['PATCH', '/services/$S', { ports: [5] }, 'ports.0'],
    ['PATCH', '/services/$S', { resources: { memoryMb: 1 } }, 'resources.memoryMb'],
    ['PATCH', '/services/$S', { resources: [] }, 'resources'],
    ['PATCH', '/services/$S', { healthCheck: { type: 'icmp' } }, 'healthCheck.type'],
    ['PATCH', '/services/$S', { healthCheck: { type: 'http' } }, 'healthCheck.port'],
    ['PATCH', '/services/$S', { healthCheck: { type: 'command' } }, 'healthCheck.command'],
    ['PATCH', '/services/$S', { healthCheck: { type: 'tcp', port: 80, path: '/' } }, 'healthCheck.path'],
    ['PATCH', '/services/$S', { healthCheck: { type: 'http', port: 80, path: 'x' } }, 'healthCheck.path'],
    ['PATCH', '/services/$S', { stopTimeoutSeconds: 3601 }, 'stopTimeoutSeconds'],
    ['PATCH', '/services/$S', { placement: { servers: [UUID] } }, 'placement.servers'],
    ['PATCH', '/services/$S', { placement: { constraints: ['nonsense'] } }, 'placement.constraints'],
    ['PATCH', '/services/$S', { strategy: { order: 'both' } }, 'strategy.order'],

    ['PATCH', '/services/$S', { strategy: { batch: 0 } }, 'strategy.batch'],
    ['POST', '/services/$S/rollouts', { revision: 99 }, 'revision'],
    ['POST', '/services/$S/rollouts', { revision: 0 }, 'revision'],
    ['POST', '/services/$S/rollouts', { to: 1 }, 'to'],
    ['PUT', '/secrets/x', {}, 'value'],
    ['PUT', '/secrets/x', { value: '' }, 'value'],
    ['PUT', '/secrets/x', { value: 'x'.repeat(65_537) }, 'value'],
    ['PUT', '/secrets/-x', { value: 'x' }, 'name'],
    ['PUT', `/secrets/${'x'.repeat(129)}`, { value: 'x' }, 'name'],
    ['PUT', '/registry-credentials/a%20b', {}, 'host'],
    ['PUT', '/registry-credentials/host:99999', {}, 'host'],
    ['PUT', '/registry-credentials/r.example', { password: 'x' }, 'username'],
    ['PUT', '/registry-credentials/r.example', { caPem: 'x' }, 'caPem'],
    ['PUT', '/registry-credentials/r.example', { plainHttp: 'yes' }, 'plainHttp'],
  ])('%s %s %j is refused for %s', async (method, path, body, field) => {
    const refusal = await refused(method, path, body);
    expect(refusal.status).toBe(400);
    expect(fieldsOf(refusal)).toContain(field);
  });

  it.each([
    [{ projectId: 5 }, 'projectId'],
    [{ projectId: undefined }, 'projectId'],
    [{ name: 'Web' }, 'name'],
    [{ name: 'a'.repeat(64) }, 'name'],
    [{ name: 'a.b' }, 'name'],
    [{ name: '-a' }, 'name'],
    [{ image: undefined }, 'image'],
    [{ image: 'a b' }, 'image'],
    [{ image: 'x'.repeat(513) }, 'image'],
    [{ replicas: 100_001 }, 'replicas'],
    [{ secrets: { X: 'none' } }, 'secrets.X'],
    [{ constructor: { prototype: 1 } }, 'constructor'],
    [{ unknown: { constructor: 5 } }, undefined],
  ])('POST /services with %j is refused for %s', async (change, field) => {
    const refusal = await refused('POST', '/services', withService(change));
    expect(refusal.status).toBe(400);
    if (field !== undefined) expect(fieldsOf(refusal)).toContain(field);
  });

  it.each([
    ['{"name": ', 400, 'body_invalid'],
    ['[]', 400, 'body_invalid'],
    ['"text"', 400, 'body_invalid'],
    ['5', 400, 'body_invalid'],
    [`{"name": ${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 400, 'body_invalid'],
    [`${'{"name":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 400, 'body_invalid'],
    [`{"name": "${'x'.repeat(2 ** 20)}"}`, 413, 'body_too_large'],
  ])('that is %.20s is %i %s', async (body, status, code) => {
    expect(await refused('POST', '/projects', body)).toMatchObject({ status, code });
  });

  it('in another media type counts as none', async () => {
    expect(await refused('POST', '/projects', '{"name":"x"}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
    });
  });
});

describe('a path', () => {
  const ids = [
    UUID,
    NO_ID,
    'x',
    'x'.repeat(500),
    '%00',
    '..%2f..%2fetc',
    "'; drop table events; --",
    '[object Object]',
    '__proto__',
    'constructor',
  ];
  it.each(['projects', 'servers', 'services', 'rollouts', 'deployments', 'secrets', 'registry-credentials'])(
    'to nothing in %s is 404',
    async (noun) => {
      for (const id of ids) {
        const path = `/${noun}/${id.includes('%') ? id : encodeURIComponent(id)}`;
        expect([id, (await refused('GET', path)).status]).toEqual([id, 404]);
      }
    },
  );

  it.each([
    ['PATCH', '/projects/x', { name: 'y' }, 'project_not_found'],
    ['DELETE', '/projects/x', undefined, 'project_not_found'],
    ['PATCH', '/servers/x', { name: 'y' }, 'server_not_found'],
    ['DELETE', '/servers/x', undefined, 'server_not_found'],
    ['POST', '/servers/x/drain', undefined, 'server_not_found'],
    ['POST', '/servers/x/cordon', undefined, 'server_not_found'],
    ['POST', '/servers/x/uncordon', undefined, 'server_not_found'],
    ['POST', '/servers/x/registration-token', undefined, 'server_not_found'],
    ['GET', '/servers/x/expected-state', undefined, 'server_not_found'],
    ['PATCH', '/services/x', { image: 'y' }, 'service_not_found'],
    ['PATCH', '/services/x', { replicas: 2 }, 'service_not_found'],
    ['DELETE', '/services/x', undefined, 'service_not_found'],
    ['GET', '/services/x/revisions', undefined, 'service_not_found'],
    ['POST', '/services/x/rollouts', undefined, 'service_not_found'],
    ['POST', '/rollouts/x/cancel', undefined, 'rollout_not_found'],
    ['DELETE', '/secrets/x', undefined, 'secret_not_found'],
    ['DELETE', '/registry-credentials/x', undefined, 'registry_not_found'],
    ['GET', '/why/service/x', undefined, 'service_not_found'],
    ['GET', '/why/rollout/x', undefined, 'rollout_not_found'],
    ['GET', '/why/deployment/x', undefined, 'deployment_not_found'],
    ['GET', '/why/nothing/x', undefined, 'kind_not_found'],
    ['GET', '/nowhere', undefined, 'route_not_found'],
    ['PUT', '/projects', {}, 'route_not_found'],
    ['POST', '/services', { projectId: UUID, name: 'web', image: '127.0.0.1:9/web' }, 'project_not_found'],
  ])('%s %s is 404', async (method, path, body, code) => {
    expect(await refused(method, path, body)).toMatchObject({ status: 404, code });
  });

  it('with a broken escape is 400', async () => {
    expect(await refused('GET', '/projects/%E0%A4%A')).toMatchObject({ status: 400 });
  });
});

describe('a query', () => {
  it.each([
    ['/projects?limit=0', 'limit'],
    ['/projects?limit=201', 'limit'],
    ['/projects?limit=ten', 'limit'],
    ['/projects?limit=1e1', 'limit'],
    ['/projects?limit=', 'limit'],
    ['/projects?limit=1&limit=2', 'limit'],
    ['/projects?cursor=x', 'cursor'],
    ['/projects?sort=name', 'sort'],
    ['/projects/$P?position=-1', 'position'],
    ['/services/$S/revisions?cursor=x', 'cursor'],
    ['/deployments?stage=flying', 'stage'],
    ['/deployments?service=a&service=b', 'service'],
    ['/rollouts?status=done', 'status'],
    ['/events?after=-1', 'after'],
    ['/events?stream=../x', 'stream'],
    ['/cluster?at=now', 'at'],
    ['/cluster?at=999999', 'at'],
  ])('GET %s is refused for %s', async (path, field) => {
    const refusal = await refused('GET', path);
    expect(refusal.status).toBe(400);
    expect(fieldsOf(refusal)).toContain(field);
  });

  it('of a removal knows true and false only', async () => {
    expect(fieldsOf(await refused('DELETE', '/servers/$N?force=yes'))).toEqual(['force']);
  });
});

describe('a conflict', () => {
  it.each([
    ['POST', '/projects', { name: 'taken' }, 'name_taken'],
    ['POST', '/servers', { name: 'taken', role: 'proxy' }, 'name_taken'],
    ['DELETE', '/projects/$P', undefined, 'project_not_empty'],
    ['GET', '/servers/$N/expected-state', undefined, 'server_not_in_mesh'],
  ])('%s %s %j is 409 %s', async (method, path, body, code) => {
    expect(await refused(method, path, body)).toMatchObject({ status: 409, code });
  });

  it('of a name of a service is cluster-wide', async () => {
    expect(await refused('POST', '/services', withService({ name: 'taken' }))).toMatchObject({
      status: 409,
      code: 'name_taken',
    });
  });

  it.each([
    ['PATCH', '/projects/$P', { name: 'new' }],
    ['DELETE', '/projects/$P', undefined],
    ['PATCH', '/servers/$N', { name: 'new' }],
    ['DELETE', '/servers/$N', undefined],
    ['POST', '/servers/$N/drain', undefined],
    ['PATCH', '/services/$S', { replicas: 2 }],
    ['DELETE', '/services/$S', undefined],
    ['PUT', '/secrets/new', { value: 'x' }],
    ['PUT', '/registry-credentials/127.0.0.1:9', {}],
    ['DELETE', '/registry-credentials/127.0.0.1:9', undefined],
  ])('%s %s with another version is 412', async (method, path, body) => {
    for (const tag of ['"99"', 'W/"1"', 'nonsense']) {
      expect(await refused(method, path, body, { 'if-match': tag })).toMatchObject({
        status: 412,
        code: 'precondition_failed',
      });
    }
  });
});

describe('a token', () => {
  it.each([
    [undefined, 'bearer_token_missing'],
    ['', 'bearer_token_missing'],
    ['Bearer', 'bearer_token_invalid'],
    ['Bearer wrong', 'bearer_token_invalid'],
    ['Basic YTpi', 'bearer_token_invalid'],
    [`Bearer ${'x'.repeat(5000)}`, 'bearer_token_invalid'],
  ])('of %s is 401 %s, whatever is asked', async (authorization, code) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const [method, path] of [
      ['GET', '/projects'],
      ['POST', '/projects'],
      ['GET', '/events'],
      ['PUT', '/secrets/x'],
      ['GET', '/cluster'],
    ] as const) {
      const response = await fetch(`${plane.url}/api/v1${path}`, { method, headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="techulus"');
      expect(await response.json()).toMatchObject({ code });
    }
  });

  it('is not asked for by the probes', async () => {
    expect((await fetch(`${plane.url}/api/v1/health/live`)).status).toBe(200);
    expect((await fetch(`${plane.url}/api/v1/health/ready`)).status).toBe(200);
  });
});

describe('a position', () => {
  it('that is not reached is 503 and says so', async () => {
    const refusal = await refused('GET', `/projects?position=999999999`);
    expect(refusal).toMatchObject({ status: 503, code: 'position_not_reached' });
  }, 20_000);

  it('as a header must be a number', async () => {
    expect(await refused('GET', '/projects', undefined, { 'techulus-position': 'x' })).toMatchObject({
      status: 400,
      code: 'position_invalid',
    });
  });
});
