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
});
