import { connect } from '@techulus/api-client';
import { labDown, labUp, readLabJson } from '@techulus/lab';
// eslint-disable-next-line @nx/enforce-module-boundaries -- what `npm start` does is no library
import { deployDemo } from '../scripts/start/demo.ts';
import { ensureDemo, eventsAfter, headPosition, named, quiet, serving } from './support/cluster.ts';
import { containersOf, nodeNames } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Deployment, Server } from './support/resources.ts';

/** Servers with their numbers, replicas with their places and addresses. */
async function standing(): Promise<unknown> {
  const servers = (await rest.list<Server>('/servers')).filter(({ status }) => status === 'online');
  const deployments = await rest.list<Deployment>('/deployments?stage=running');
  return {
    servers: servers.map(({ id, name, subnetId }) => `${name} ${id} ${subnetId}`).toSorted(),
    deployments: deployments.map(({ id, serverName, address }) => `${id} ${serverName} ${address}`).toSorted(),
    containers: (await containersOf()).map(({ id, deploymentId, node }) => `${node} ${deploymentId} ${id}`).toSorted(),
    nodes: readLabJson().nodes.map(({ name, address, serverId }) => `${name} ${address} ${serverId}`),
  };
}

/** What would be told if something were made again. */
const making =
  /^(server\.created|server\.registered|registration_token\.|service\.created|rollout\.|deployment\.created|registry\.)/;

async function madeAfter(position: number): Promise<string[]> {
  return (await eventsAfter(position)).map(({ type }) => type).filter((type) => making.test(type));
}

describe('what is there already', () => {
  it('is left as it is by another up', async () => {
    const { web } = await ensureDemo();
    await quiet();
    const [before, position] = [await standing(), await headPosition()];
    await labUp();
    const { apiUrl, adminToken, registry } = await labUp();
    await deployDemo(connect(apiUrl, adminToken ?? ''), registry, () => undefined);
    expect(await standing()).toEqual(before);
    expect(await eventsAfter(position)).toEqual([]);
    expect((await serving('web', 3)).addresses).toEqual(web.addresses);
  });

  it('is the same after down and up: servers, addresses, containers, and nothing deployed twice', async () => {
    const { web, data } = await ensureDemo();
    await quiet();
    const [before, position] = [await standing(), await headPosition()];
    await labDown();
    await labUp();
    expect(nodeNames()).toEqual(['proxy-1', 'worker-1', 'worker-2']);
    await serving('web', 3);
    await serving('data', 1);
    await named('web', web.addresses);
    await named('data', data.addresses);
    await quiet();
    expect(await standing()).toEqual(before);
    expect(await madeAfter(position)).toEqual([]);
  });
});
