import { ensureDemo, livingDeployments, named, quiet, service, serving } from './support/cluster.ts';
import { containersOf } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Service } from './support/resources.ts';
import { waitFor } from './support/wait-for.ts';

/** What must not change for a replica that stays: the container itself, and since when it runs. */
async function standing(service: string): Promise<Map<string, string>> {
  const containers = await containersOf(service);
  return new Map(
    containers.map(({ deploymentId, node, id, startedAt, address }) => [
      deploymentId,
      `${node} ${id} ${startedAt} ${address}`,
    ]),
  );
}

async function scale(web: Service, replicas: number): Promise<Service> {
  await rest.patch(`/services/${web.id}`, { replicas });
  const scaled = await serving('web', replicas);
  await named('web', scaled.addresses);
  return scaled;
}

describe('scaling', () => {
  it('up adds replicas and touches none that stands', async () => {
    const { web } = await ensureDemo();
    const before = await standing('web');
    const scaled = await scale(web, 5);
    expect(scaled).toMatchObject({ latestRevision: web.latestRevision, outdated: false });
    const after = await standing('web');
    expect(after.size).toBe(5);
    for (const [deploymentId, container] of before) expect(after.get(deploymentId)).toBe(container);
    expect(new Set(scaled.addresses).size).toBe(5);
  });

  it('down takes the newest from the fullest servers, and touches none that stays', async () => {
    const web = await service('web');
    const before = await standing('web');
    const oldest = (await livingDeployments(web.id))
      .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
      .slice(0, 3);
    await scale(web, 3);
    await waitFor(
      'two containers to be gone',
      () => standing('web'),
      (seen) => seen.size === 3,
    );
    const after = await standing('web');
    expect([...after.keys()].toSorted()).toEqual(oldest.map(({ id }) => id).toSorted());
    for (const [deploymentId, container] of after) expect(container).toBe(before.get(deploymentId));
    const living = await livingDeployments(web.id);
    expect(new Set(living.map(({ serverId }) => serverId)).size).toBe(3);
    await quiet();
  });
});
