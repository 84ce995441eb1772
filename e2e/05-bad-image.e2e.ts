import {
  deleteService,
  endOf,
  ensureService,
  image,
  quiet,
  service,
  serving,
  startRollout,
} from './support/cluster.ts';
import { containersOf } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Rollout, Service, Why } from './support/resources.ts';
import { failed, steadyRequests } from './support/steady-requests.ts';
import { note, secondsSince } from './support/wait-for.ts';

interface Bad {
  readonly name: string;
  readonly image: string;
  readonly code: string;
  /** What the container wrote last. */
  readonly lines: readonly string[];
}

const bad: readonly Bad[] = [
  { name: 'missing', image: 'demo/web:none', code: 'image_not_found', lines: [] },
  {
    name: 'exits',
    image: 'test/exits:1',
    code: 'container_exited',
    lines: ['reading the configuration', 'the configuration is missing', 'giving up'],
  },
  { name: 'unhealthy', image: 'test/unhealthy:1', code: 'unhealthy', lines: ['up, but listening on nothing'] },
];

const ended = new Map<string, Rollout>();

async function roll({ name, image: tag }: Bad): Promise<void> {
  const { id } = await service(name);
  const changed = await rest.patch<Service>(`/services/${id}`, { image: image(tag) });
  expect(changed).toMatchObject({ latestRevision: 2, digestError: name === 'missing' ? 'image_not_found' : null });
  const start = performance.now();
  const rollout = await endOf((await startRollout(id)).id, { seconds: 120 });
  note(`${name}: ${rollout.status} after ${secondsSince(start).toFixed(1)} s: ${rollout.reason?.message}`);
  ended.set(name, rollout);
}

describe('a bad image', () => {
  it('is rolled back, while the old replicas go on answering', async () => {
    await Promise.all(bad.map(({ name }) => ensureService(name, { image: image('demo/web:1'), replicas: 2 })));
    const before = await Promise.all(bad.map(({ name }) => containersOf(name)));
    const requests = bad.map(({ name }) => steadyRequests('proxy-1', { name: `${name}.internal`, pauseSeconds: 0.2 }));
    await Promise.all(bad.map(roll));
    const answers = await Promise.all(requests.map((each) => each.stop()));
    expect(answers.map(failed)).toEqual([[], [], []]);
    for (const { name } of bad) {
      expect(ended.get(name)).toMatchObject({ status: 'rolled_back', revision: 2 });
      expect(await serving(name, 2)).toMatchObject({ runningRevision: 1, outdated: true, rolloutId: null });
    }
    await quiet();
    expect(await Promise.all(bad.map(({ name }) => containersOf(name)))).toEqual(before);
  });

  it.each(bad)('says why: $name', async ({ name, code, lines }) => {
    const rollout = ended.get(name);
    expect(rollout?.reason?.code).toBe(code);
    const blamed = rollout?.deployments.find(({ id }) => id === rollout.reason?.deploymentId);
    for (const line of lines) expect(blamed?.lastLogLines).toContain(line);
    const why = await rest.get<Why>(`/why/rollout/${rollout?.id}`);
    expect(why.chain.map(({ type }) => type)).toContain('rollout.rolled_back');
    expect(why.summary).toContain('rolled back');
  });

  it('leaves a service that can be changed again', async () => {
    const { id } = await service('missing');
    await rest.patch(`/services/${id}`, { image: image('demo/web:2') });
    expect(await endOf((await startRollout(id)).id)).toMatchObject({ status: 'succeeded' });
    await Promise.all(bad.map(({ name }) => deleteService(name)));
    await quiet();
  });
});
