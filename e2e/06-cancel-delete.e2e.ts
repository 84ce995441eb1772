import {
  createService,
  deleteService,
  endOf,
  ensureService,
  headPosition,
  image,
  quiet,
  serving,
  startRollout,
  eventsAfter,
} from './support/cluster.ts';
import { containersOf, lookUp, nodeNames } from './support/nodes.ts';
import { Refusal, rest, statusOf } from './support/rest.ts';
import type { Deployment, Rollout } from './support/resources.ts';
import { failed, steadyRequests } from './support/steady-requests.ts';
import { waitFor } from './support/wait-for.ts';

describe('cancelling a rollout', () => {
  it('before its point of no return puts everything back as it was', async () => {
    const { id } = await ensureService('wavering', { image: image('demo/web:1'), replicas: 2 });
    const before = await containersOf('wavering');
    // Never healthy, so that it stands still where it can be cancelled.
    await rest.patch(`/services/${id}`, { image: image('test/unhealthy:1') });
    const requests = steadyRequests('worker-1', { name: 'wavering.internal', pauseSeconds: 0.1 });
    const { id: rolloutId } = await startRollout(id);
    const starting = ({ deployments, can }: Rollout): boolean =>
      deployments.some(({ stage }) => stage === 'starting') && can.cancel.allowed;
    await waitFor('a replica that is starting', () => rest.get<Rollout>(`/rollouts/${rolloutId}`), starting);
    await rest.post(`/rollouts/${rolloutId}/cancel`);
    expect(await endOf(rolloutId)).toMatchObject({ status: 'cancelled' });
    expect(failed(await requests.stop())).toEqual([]);
    expect(await serving('wavering', 2)).toMatchObject({ runningRevision: 1 });
    await waitFor(
      'only the old containers',
      () => containersOf('wavering'),
      (now) => JSON.stringify(now) === JSON.stringify(before),
    );
    await quiet();
  });

  it('is refused when it has succeeded', async () => {
    const { id } = await ensureService('wavering', { image: image('demo/web:1'), replicas: 2 });
    const first = (await rest.list<Rollout>(`/rollouts?service=${id}`)).find(({ status }) => status === 'succeeded');
    const refused = await rest.post(`/rollouts/${first?.id}/cancel`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ status: 409, code: 'rollout_ended' });
    expect(first?.can.cancel.allowed).toBe(false);
  });

  it('is refused once an old replica was told to stop, and the rollout goes on', async () => {
    const settings = { image: image('test/slow-stop:1'), replicas: 1, stopTimeoutSeconds: 4 };
    const { id } = await ensureService('late', settings);
    await rest.patch(`/services/${id}`, { image: image('demo/web:1') });
    const { id: rolloutId } = await startRollout(id);
    const look = (): Promise<Rollout> => rest.get<Rollout>(`/rollouts/${rolloutId}`);
    const { can } = await waitFor('its point of no return', look, (seen) => !seen.can.cancel.allowed);
    expect(can.cancel.reason).toEqual(expect.any(String));
    const refused = await rest.post(`/rollouts/${rolloutId}/cancel`).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 409, code: 'past_point_of_no_return' });
    expect(await endOf(rolloutId)).toMatchObject({ status: 'succeeded' });
    await deleteService('late');
  });

  it('of a first rollout leaves nothing', async () => {
    const { id } = await createService('never', { image: image('test/unhealthy:1'), replicas: 1 });
    const { id: rolloutId } = await startRollout(id);
    await waitFor(
      'its container',
      () => containersOf('never'),
      (seen) => seen.length === 1,
    );
    await rest.post(`/rollouts/${rolloutId}/cancel`);
    expect(await endOf(rolloutId)).toMatchObject({ status: 'cancelled' });
    await waitFor(
      'its end',
      () => containersOf('never'),
      (seen) => seen.length === 0,
    );
    expect(await rest.get(`/services/${id}`)).toMatchObject({ runningRevision: null, available: 0 });
    await rest.delete(`/services/${id}`);
    await waitFor(
      '404',
      () => statusOf(`/services/${id}`),
      (status) => status === 404,
    );
  });
});

describe('deleting a service', () => {
  it('takes its name, then its containers, then itself', async () => {
    const { id } = await ensureService('wavering', { image: image('demo/web:1'), replicas: 2 });
    const position = await headPosition();
    const deployments = await rest.list<Deployment>(`/deployments?service=${id}&stage=running`);
    await rest.delete(`/services/${id}`);
    await waitFor(
      '404',
      () => statusOf(`/services/${id}`),
      (status) => status === 404,
    );
    expect(await containersOf('wavering')).toEqual([]);
    for (const node of nodeNames()) {
      const unknown = (): Promise<string> => lookUp(node, 'wavering.internal').then(({ status }) => status);
      await waitFor(`no such name on ${node}`, unknown, (status) => status === 'NXDOMAIN');
    }
    const types = (await eventsAfter(position))
      .filter(({ stream }) => stream.endsWith(deployments[0]?.id ?? '?'))
      .map(({ type }) => type);
    const order = ['deployment.leaving', 'deployment.draining', 'deployment.stop_requested', 'deployment.removed'];
    expect(types.filter((type) => order.includes(type))).toEqual(order);
  });

  it('frees the name for another', async () => {
    const again = await createService('wavering', { image: image('demo/web:1'), replicas: 1 });
    await rest.delete(`/services/${again.id}`);
    await waitFor(
      '404',
      () => statusOf(`/services/${again.id}`),
      (status) => status === 404,
    );
  });
});
