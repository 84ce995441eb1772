import { healNode, partitionNode } from '@techulus/lab';
import {
  ensureDemo,
  eventsAfter,
  headPosition,
  livingDeployments,
  quiet,
  serverNamed,
  service,
  serving,
} from './support/cluster.ts';
import { containersOn, lookUp } from './support/nodes.ts';
import { expectWithin, secondsSince, waitFor } from './support/wait-for.ts';

const lost = 'worker-2';
const others = ['proxy-1', 'worker-1'];

/** What the other nodes' DNS answers for the service. */
async function namedElsewhere(): Promise<string[]> {
  const answers = await Promise.all(others.map((node) => lookUp(node, 'web.internal')));
  return [...new Set(answers.flatMap(({ addresses }) => addresses))].toSorted();
}

describe('a server that is cut off', () => {
  beforeAll(async () => {
    await ensureDemo();
    await quiet();
  });
  afterAll(async () => {
    await healNode(lost);
  });

  it('is out of the other names, its replicas serve elsewhere, and the old ones are removed when it is back', async () => {
    const { id: serviceId } = await service('web');
    const { id: lostId } = await serverNamed(lost);
    const before = (await livingDeployments(serviceId)).filter(({ serverId }) => serverId === lostId);
    expect(before.length).toBeGreaterThan(0);
    const gone = new Set(before.map(({ address }) => address));
    const position = await headPosition();
    await partitionNode(lost);
    const cut = performance.now();
    await waitFor(
      'the other nodes to name none of its replicas',
      namedElsewhere,
      (named) => named.length > 0 && named.every((address) => !gone.has(address)),
      { seconds: 100 },
    );
    expectWithin('out of the names after the cut', 17, secondsSince(cut));
    await waitFor('three replicas elsewhere', namedElsewhere, (named) => named.length === 3, { seconds: 100 });
    expectWithin('served elsewhere after the cut', 20, secondsSince(cut));
    await healNode(lost);
    const stillThere = async (): Promise<number> => {
      const ids = new Set(before.map(({ id }) => id));
      return (await containersOn(lost)).filter(({ deploymentId }) => ids.has(deploymentId)).length;
    };
    await waitFor('the old containers to be gone', stillThere, (count) => count === 0, { seconds: 120 });
    await serving('web', 3);
    await quiet();
    const living = await livingDeployments(serviceId);
    expect(living).toHaveLength(3);
    expect(new Set(living.map(({ address }) => address)).size).toBe(3);
    const types = (await eventsAfter(position)).map(({ type }) => type);
    expect(types.filter((type) => type === 'server.went_offline')).toHaveLength(1);
    expect(types.filter((type) => type === 'server.came_online')).toHaveLength(1);
  });
});

describe('all servers cut off from the control plane together', () => {
  afterAll(async () => {
    for (const node of [...others, lost]) await healNode(node);
  });

  it('are not evicted, and go on as they were', async () => {
    await ensureDemo();
    await quiet();
    const { id: serviceId } = await service('web');
    const before = (await livingDeployments(serviceId)).map(({ id, address }) => `${id} ${address}`);
    const position = await headPosition();
    for (const node of [...others, lost]) await partitionNode(node, 'api');
    const offline = async (): Promise<boolean> => {
      const servers = await Promise.all([...others, lost].map((node) => serverNamed(node)));
      return servers.every(({ status }) => status === 'offline');
    };
    await waitFor('all of them to be silent', offline, (all) => all, { seconds: 120 });
    for (const node of [...others, lost]) await healNode(node);
    await serving('web', 3);
    await quiet();
    expect((await livingDeployments(serviceId)).map(({ id, address }) => `${id} ${address}`)).toEqual(before);
    expect((await eventsAfter(position)).filter(({ type }) => type === 'server.went_offline')).toEqual([]);
  });
});
