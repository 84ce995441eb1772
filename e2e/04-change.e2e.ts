import {
  endOf,
  ensureDemo,
  livingDeployments,
  named,
  quiet,
  rollOut,
  service,
  serving,
  startRollout,
  image,
} from './support/cluster.ts';
import { containersOf } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Rollout, Service } from './support/resources.ts';
import { failed, steadyRequests } from './support/steady-requests.ts';
import { note, secondsSince, waitFor } from './support/wait-for.ts';

async function changeTo(version: string): Promise<Service> {
  const { id } = await service('web');
  return await rest.patch<Service>(`/services/${id}`, { image: image(`demo/web:${version}`) });
}

describe('a change of what is inside', () => {
  it('makes a revision and starts nothing', async () => {
    const { web } = await ensureDemo();
    const before = await containersOf('web');
    const changed = await changeTo('2');
    expect(changed).toMatchObject({
      latestRevision: web.latestRevision + 1,
      runningRevision: web.runningRevision,
      outdated: true,
      digestError: null,
    });
    expect(changed.digest).toMatch(/^sha256:/);
    await quiet();
    expect(await containersOf('web')).toEqual(before);
  });

  it('rolls out start-first: no request by name fails, and no long answer is cut', async () => {
    const { id } = await service('web');
    const old = await containersOf('web');
    const short = ['worker-1', 'proxy-1'].map((node) => steadyRequests(node, { name: 'web.internal' }));
    const long = steadyRequests('worker-2', { name: 'web.internal', path: '/cgi-bin/slow?3', atMost: 60 });
    const start = performance.now();
    const seen = new Set<string>();
    const { id: rolloutId } = await startRollout(id);
    const look = (): Promise<Rollout> => rest.get<Rollout>(`/rollouts/${rolloutId}`);
    const done = ({ status, deployments }: Rollout): boolean => {
      for (const { stage } of deployments) seen.add(stage);
      return status !== 'pending' && status !== 'in_progress';
    };
    const rollout = await waitFor('the end of the rollout', look, done, { seconds: 120 });
    const took = secondsSince(start);
    const gone = (): Promise<readonly { readonly id: string }[]> => containersOf('web');
    await waitFor('the old containers to be gone', gone, (now) =>
      now.every((one) => old.every((each) => each.id !== one.id)),
    );
    const requests = (await Promise.all(short.map((each) => each.stop()))).flat();
    const answers = await long.stop();
    note(`rollout of 3 replicas: ${took.toFixed(1)} s; ${requests.length} short and ${answers.length} long requests`);
    expect(rollout).toMatchObject({ status: 'succeeded', direction: 'forward', reason: null });
    expect(requests.length).toBeGreaterThan(100);
    expect(answers.length).toBeGreaterThan(2);
    expect(failed(requests)).toEqual([]);
    expect(failed(answers)).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(['dns_updating', 'stopping_old', 'running']));
  });

  it('leaves every replica on the new revision, one a server, with one image digest', async () => {
    const web = await serving('web', 3);
    expect(web).toMatchObject({ runningRevision: web.latestRevision, outdated: false });
    const living = await waitFor(
      'three living deployments',
      () => livingDeployments(web.id),
      (seen) => seen.length === 3,
    );
    expect(living.map(({ revision }) => revision)).toEqual([
      web.latestRevision,
      web.latestRevision,
      web.latestRevision,
    ]);
    expect(new Set(living.map(({ serverId }) => serverId)).size).toBe(3);
    await named('web', web.addresses);
    await quiet();
  });

  it('is not rolled out twice: the running revision succeeds and touches nothing', async () => {
    const { id } = await service('web');
    const before = await containersOf('web');
    expect(await rollOut(id)).toMatchObject({ status: 'succeeded', deployments: [] });
    expect(await containersOf('web')).toEqual(before);
  });

  it('goes back to an older revision by name of its number', async () => {
    const web = await service('web');
    const { id } = await startRollout(web.id, 1);
    expect(await endOf(id, { seconds: 90 })).toMatchObject({ status: 'succeeded', revision: 1 });
    expect(await serving('web', 3)).toMatchObject({ runningRevision: 1, outdated: true });
    await quiet();
  });
});
