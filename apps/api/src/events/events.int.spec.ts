import { request } from 'node:http';
import { RestClient } from '../testing/rest-client.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';

let plane: TestControlPlane;
let rest: RestClient;
beforeAll(async () => {
  plane = await startControlPlane();
  rest = new RestClient(plane);
});
afterAll(() => plane.remove());

interface Followed {
  text: string;
  ended: boolean;
  headers: Record<string, unknown>;
  stop(): void;
}

function follow(path: string, headers: Record<string, string> = {}): Followed {
  const followed: Followed = { text: '', ended: false, headers: {}, stop: () => outgoing.destroy() };
  const options = { headers: { authorization: `Bearer ${rest.token}`, accept: 'text/event-stream', ...headers } };
  const outgoing = request(`${plane.url}/api/v1${path}`, options, (answer) => {
    followed.headers = answer.headers;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => (followed.text += chunk));
    answer.on('end', () => (followed.ended = true));
    answer.on('error', () => undefined);
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  return followed;
}

const idsOf = ({ text }: Followed): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe('the log as JSON', () => {
  it('is paged by position and by stream', async () => {
    const made = await rest.must<{ id: string }>('POST', '/projects', { name: 'a' });
    await rest.must('PATCH', `/projects/${made.id}`, { name: 'b' });
    type Page = {
      items: { position: number; type: string; text: string; actor: string; because: string }[];
      next: string | null;
    };
    const first = (await rest.get<Page>('/events?limit=2')).body;
    expect(first.items.map(({ position }) => position)).toEqual([1, 2]);
    expect(first.next).toBe('2');
    const rest2 = (await rest.get<Page>(`/events?after=${first.next}`)).body;
    expect(rest2).toMatchObject({
      items: [{ position: 3, type: 'project.renamed', text: 'was renamed to b', actor: 'administrator' }],
      next: null,
    });
    expect(rest2.items[0]?.because).toBe(`PATCH /api/v1/projects/${made.id}`);
    const own = (await rest.get<Page>(`/events?stream=project/${made.id}`)).body;
    expect(own.items.map(({ type }) => type)).toEqual(['project.created', 'project.renamed']);
    expect((await rest.get<Page>('/events?stream=project/none')).body).toEqual({ items: [], next: null });
  });
});

describe('the log as server-sent events', () => {
  it('starts behind a position and follows', async () => {
    const followed = follow('/events?after=1');
    await until(() => idsOf(followed).length === 2, 'what was there');
    expect(followed.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const { position } = await rest.must<{ position: number }>('POST', '/projects', { name: 'c' });
    await until(() => idsOf(followed).at(-1) === position, 'what came');
    expect(idsOf(followed)).toEqual([2, 3, 4]);
    expect(followed.text).toMatch(/^event: project\.created$/m);
    followed.stop();
  });

  it('goes on behind Last-Event-ID, whatever `after` says', async () => {
    const followed = follow('/events?after=0', { 'last-event-id': '3' });
    await until(() => idsOf(followed).length > 0);
    expect(idsOf(followed)[0]).toBe(4);
    followed.stop();
    const { status } = await rest.get('/events', { 'last-event-id': 'x' });
    expect(status).toBe(400);
  });

  it('of one stream is silent about the others', async () => {
    const { id } = await rest.must<{ id: string }>('POST', '/projects', { name: 'd' });
    const followed = follow(`/events?stream=project/${id}`);
    await rest.must('POST', '/projects', { name: 'e' });
    const { position } = await rest.must<{ position: number }>('PATCH', `/projects/${id}`, { name: 'f' });
    await until(() => idsOf(followed).at(-1) === position);
    expect(idsOf(followed)).toHaveLength(2);
    followed.stop();
  });

  it('is closed to whoever has no token', async () => {
    const answer = await fetch(`${plane.url}/api/v1/events`, { headers: { accept: 'text/event-stream' } });
    expect(answer.status).toBe(401);
  });

  it('ends cleanly when the control plane stops', async () => {
    const followed = follow('/events');
    await until(() => idsOf(followed).length > 0);
    plane = await plane.restart();
    expect(followed.ended).toBe(true);
  });
});
