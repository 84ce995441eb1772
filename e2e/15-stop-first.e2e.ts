import {
  createService,
  deleteService,
  endOf,
  image,
  quiet,
  rollOut,
  serving,
  startRollout,
} from './support/cluster.ts';
import { containersOf, nodeNames, sh } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import { note, waitFor } from './support/wait-for.ts';

const name = 'single';
const RUNNING = `podman ps --quiet --filter label=techulus.service.name=${name} | wc -l`;

/** The most containers of the service that were seen to run at once, until told to stop looking. */
function watchWriters(): { stop(): Promise<number> } {
  let most = 0;
  let looks = 0;
  let stopped = false;
  const watching = (async (): Promise<void> => {
    while (!stopped) {
      const perNode = await Promise.all(nodeNames().map((node) => sh(node, RUNNING)));
      const running = perNode.reduce((sum, count) => sum + Number(count), 0);
      most = Math.max(most, running);
      looks += 1;
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await watching;
      note(`looked ${looks} times at what runs`);
      expect(looks).toBeGreaterThan(5);
      return most;
    },
  };
}

describe('a stop-first service', () => {
  let id = '';
  beforeAll(async () => {
    const strategy = { order: 'stop-first' as const };
    ({ id } = await createService(name, { image: image('demo/data:1'), replicas: 1, strategy, drainSeconds: 1 }));
    expect(await rollOut(id)).toMatchObject({ status: 'succeeded' });
    await serving(name, 1);
  });
  afterAll(async () => {
    await deleteService(name);
    await quiet();
  });

  it('never runs twice while it is replaced', async () => {
    const writers = watchWriters();
    await rest.patch(`/services/${id}`, { env: { CHANGED: 'yes' } });
    expect(await rollOut(id, { seconds: 120 })).toMatchObject({ status: 'succeeded' });
    expect(await writers.stop()).toBe(1);
    await serving(name, 1);
  });

  it('starts the container that was kept when the new one fails', async () => {
    const [before] = await containersOf(name);
    const writers = watchWriters();
    await rest.patch(`/services/${id}`, { image: image('test/exits:1') });
    const rollout = await endOf((await startRollout(id)).id, { seconds: 120 });
    expect(rollout).toMatchObject({ status: 'rolled_back', reason: { code: 'container_exited' } });
    await serving(name, 1);
    const back = await waitFor(
      'the kept container alone',
      () => containersOf(name),
      (seen) => seen.length === 1 && seen[0]?.state === 'running',
    );
    expect(back[0]?.id).toBe(before?.id);
    expect(await writers.stop()).toBe(1);
  });
});
