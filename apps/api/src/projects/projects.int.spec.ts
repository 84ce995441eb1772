import { RestClient } from '../testing/rest-client.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import type { ProjectResource, WrittenProject } from './project.dto.ts';

interface List<T> {
  items: T[];
  next: string | null;
}

let plane: TestControlPlane;
let rest: RestClient;
beforeAll(async () => {
  plane = await startControlPlane();
  rest = new RestClient(plane);
});
afterAll(() => plane.remove());

describe('projects', () => {
  it('are made, read, renamed under a version, listed and deleted', async () => {
    const made = await rest.send<WrittenProject>('POST', '/projects', { name: 'first' });
    expect(made.status).toBe(201);
    expect(made.headers.get('techulus-position')).toBe(String(made.body.position));
    expect(made.headers.get('etag')).toBe('"1"');
    const { id } = made.body;

    const read = await rest.get<ProjectResource>(`/projects/${id}?position=${made.body.position}`);
    expect(read.body).toMatchObject({ name: 'first', services: 0, can: { delete: { allowed: true, reason: null } } });
    expect(read.headers.get('etag')).toBe('"1"');

    expect((await rest.send('PATCH', `/projects/${id}`, { name: 'x' }, { 'if-match': '"7"' })).status).toBe(412);
    const renamed = await rest.send<WrittenProject>(
      'PATCH',
      `/projects/${id}`,
      { name: 'second' },
      { 'if-match': '"1"' },
    );
    expect(renamed).toMatchObject({ status: 200, body: { name: 'second', version: 2 } });
    expect((await rest.send('POST', '/projects', { name: 'second' })).body).toMatchObject({
      status: 409,
      code: 'name_taken',
    });

    const gone = await rest.send('DELETE', `/projects/${id}`);
    expect(gone).toMatchObject({ status: 200, body: { position: expect.any(Number) } });
    expect((await rest.get(`/projects/${id}`)).body).toMatchObject({ status: 404, code: 'project_not_found' });
    expect((await rest.get<List<ProjectResource>>('/projects')).body.items).toEqual([]);
  });

  it('are listed page by page, oldest first', async () => {
    const names = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (const name of names) await rest.must('POST', '/projects', { name });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: List<ProjectResource> } = await rest.get(
        `/projects?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ name }) => name));
      cursor = body.next;
    }
    expect(seen).toEqual(names);
  });

  it('of one name are made once, however many ask at the same time', async () => {
    const asked = Array.from({ length: 12 }, () => rest.send('POST', '/projects', { name: 'wanted' }));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
    const { items } = (await rest.get<List<ProjectResource>>('/projects?limit=200')).body;
    expect(items.filter(({ name }) => name === 'wanted')).toHaveLength(1);
  });

  it('take one of several changes that were decided on the same version', async () => {
    const { id } = await rest.must<WrittenProject>('POST', '/projects', { name: 'contended' });
    const changes = Array.from({ length: 8 }, (_, at) =>
      rest.send('PATCH', `/projects/${id}`, { name: `contended-${at}` }, { 'if-match': '"1"' }),
    );
    const statuses = (await Promise.all(changes)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(7);
  });
});
