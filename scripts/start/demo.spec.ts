import { connect, type Client } from '@techulus/api-client';
import { deployDemo } from './demo.ts';

interface World {
  readonly client: Client;
  readonly posts: string[];
}

const nothing = { items: [], next: null };

/** A control plane whose lists are given, and whose rollouts end as told. */
function controlPlane(lists: Readonly<Record<string, object[]>>, outcome: object = { status: 'succeeded' }): World {
  const posts: string[] = [];

  async function posted(path: string, request: Request): Promise<object> {
    const { name } = (await request.json()) as { name?: string };
    posts.push(name === undefined ? path : `${path} ${name}`);
    return { id: `id-of-${name ?? 'rollout'}`, name, runningRevision: null };
  }

  async function answer(request: Request): Promise<object> {
    const path = new URL(request.url).pathname.replace('/api/v1', '');
    if (request.method === 'POST') return posted(path, request);
    if (path.startsWith('/rollouts/')) return { id: path, ...outcome };
    const items = lists[path];
    return items === undefined ? nothing : { items, next: null };
  }

  const client = connect('http://control-plane.test', 'token');
  const fetch = async (request: unknown) => Response.json(await answer(request as Request));
  client.setConfig({ fetch: fetch as typeof globalThis.fetch });
  return { client, posts };
}

const silent = (): void => undefined;
const running = { replicas: 1, available: 1, runningRevision: 4 };

describe('deploying the demo', () => {
  it('makes the project, both services and their rollouts where nothing is', async () => {
    const { client, posts } = controlPlane({});
    await deployDemo(client, 'registry:5000', silent);
    expect(posts).toEqual([
      '/projects demo',
      '/services data',
      '/services/id-of-data/rollouts',
      '/services web',
      '/services/id-of-web/rollouts',
    ]);
  });

  it('leaves what runs as it is', async () => {
    const services = ['data', 'web'].map((name) => ({ id: name, name, ...running }));
    const { client, posts } = controlPlane({ '/projects': [{ id: 'p', name: 'demo' }], '/services': services });
    await deployDemo(client, 'registry:5000', silent);
    expect(posts).toEqual([]);
  });

  it('waits for a rollout that an interrupted start left behind', async () => {
    const services = [
      { id: 'data', name: 'data', ...running },
      { id: 'web', name: 'web', ...running, runningRevision: null },
    ];
    const rollouts = [
      { id: 'old', status: 'failed' },
      { id: 'now', status: 'in_progress' },
    ];
    const lists = { '/projects': [{ id: 'p', name: 'demo' }], '/services': services, '/rollouts': rollouts };
    const { client, posts } = controlPlane(lists);
    await deployDemo(client, 'registry:5000', silent);
    expect(posts).toEqual([]);
  });

  it('says how a rollout ended that did not succeed', async () => {
    const reason = { code: 'image_not_found', message: 'no such image' };
    const { client } = controlPlane({}, { status: 'failed', reason });
    await expect(deployDemo(client, 'registry:5000', silent)).rejects.toThrow(/of data ended as failed: no such image/);
  });
});
