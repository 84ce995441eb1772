import { deployDemo } from './demo.ts';
import type { Rest } from './rest.ts';

interface World {
  readonly rest: Rest;
  readonly posts: string[];
}

/** A control plane whose lists are given, and whose rollouts end as told. */
function controlPlane(lists: Readonly<Record<string, unknown[]>>, outcome: object = { status: 'succeeded' }): World {
  const posts: string[] = [];
  const rest = {
    list: (path: string) => Promise.resolve(lists[path] ?? []),
    get: (path: string) => Promise.resolve({ id: path, ...outcome }),
    post: (path: string, body: { name?: string }) => {
      posts.push(body.name === undefined ? path : `${path} ${body.name}`);
      return Promise.resolve({ id: `id-of-${body.name ?? 'rollout'}`, name: body.name, runningRevision: null });
    },
  };
  return { rest: rest as unknown as Rest, posts };
}

const silent = (): void => undefined;

describe('deploying the demo', () => {
  it('makes the project, both services and their rollouts where nothing is', async () => {
    const { rest, posts } = controlPlane({});
    await deployDemo(rest, 'registry:5000', silent);
    expect(posts).toEqual([
      '/projects demo',
      '/services data',
      '/services/id-of-data/rollouts',
      '/services web',
      '/services/id-of-web/rollouts',
    ]);
  });

  it('leaves what runs as it is', async () => {
    const services = ['data', 'web'].map((name) => ({ id: name, name, runningRevision: 4, replicas: 1, available: 1 }));
    const { rest, posts } = controlPlane({ '/projects': [{ id: 'p', name: 'demo' }], '/services': services });
    await deployDemo(rest, 'registry:5000', silent);
    expect(posts).toEqual([]);
  });

  it('waits for a rollout that an interrupted start left behind', async () => {
    const services = ['data', 'web'].map((name) => ({
      id: name,
      name,
      runningRevision: name === 'data' ? 1 : null,
      replicas: 1,
      available: 1,
    }));
    const rollouts = [
      { id: 'old', serviceId: 'web', status: 'failed' },
      { id: 'now', serviceId: 'web', status: 'in_progress' },
    ];
    const { rest, posts } = controlPlane({
      '/projects': [{ id: 'p', name: 'demo' }],
      '/services': services,
      '/rollouts': rollouts,
    });
    await deployDemo(rest, 'registry:5000', silent);
    expect(posts).toEqual([]);
  });

  it('says how a rollout ended that did not succeed', async () => {
    const { rest } = controlPlane(
      {},
      { status: 'failed', reason: { code: 'image_not_found', message: 'no such image' } },
    );
    await expect(deployDemo(rest, 'registry:5000', silent)).rejects.toThrow(/of data ended as failed: no such image/);
  });
});
