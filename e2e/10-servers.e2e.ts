import {
  createService,
  deleteService,
  eventsAfter,
  headPosition,
  endOf,
  image,
  startRollout,
  ensureDemo,
  livingDeployments,
  named,
  quiet,
  serverNamed,
  service,
  serving,
} from './support/cluster.ts';
import { addWorker, removeServer, createServer, runLine, throwAway } from './support/machines.ts';
import { containersOn, livePeers, lookUp, nodeOf, sh, succeeds, tunnelProcess } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Deployment, Server } from './support/resources.ts';
import { failed, steadyRequests } from './support/steady-requests.ts';
import { expectWithin, secondsSince, waitFor } from './support/wait-for.ts';

const old = ['proxy-1', 'worker-1', 'worker-2'];
const added = 'worker-3';

/** Sent through the tunnel between two old servers, twenty a second; answers what ping says of its losses. */
function pings(from: string, to: string): { stop(): Promise<string> } {
  const target = `10.100.${nodeOf(to).subnetId}.1`;
  const ended = sh(from, `ping -i 0.05 -w 100 -q ${target} & echo $! > /run/e2e-pings; wait`, 120);
  ended.catch(() => undefined);
  return {
    stop: async () => {
      await sh(from, 'kill -INT $(cat /run/e2e-pings)');
      return await ended;
    },
  };
}

async function scaleWeb(replicas: number): Promise<void> {
  const { id } = await service('web');
  await rest.patch(`/services/${id}`, { replicas });
  await named('web', (await serving('web', replicas)).addresses);
}

async function webOn(node: string): Promise<Deployment[]> {
  const { id } = await service('web');
  return (await livingDeployments(id)).filter(({ serverName, leaving }) => serverName === node && leaving === null);
}

/** Whatever failed: the files after this one count on the three servers. */
afterAll(async () => {
  await deleteService('visitor');
  for (const { id, name, status } of await rest.list<Server>('/servers'))
    if (!old.includes(name) && status !== 'removed') await removeServer(id, true);
  await throwAway(added);
});

describe('a server added while everything runs', () => {
  it('is in the mesh of all others, and no tunnel is cut', async () => {
    await ensureDemo();
    const before = await Promise.all(old.map(tunnelProcess));
    const stream = pings('worker-1', 'worker-2');
    const start = performance.now();
    await addWorker(added);
    await waitFor(
      'its admission',
      () => serverNamed(added),
      ({ admitted }) => admitted,
    );
    for (const node of [...old, added])
      await waitFor(
        `three peers on ${node}`,
        () => livePeers(node),
        (peers) => peers === 3,
      );
    const took = secondsSince(start);
    for (const node of old) await sh(node, `ping -c 1 -W 2 10.100.${nodeOf(added).subnetId}.1`);
    expect(await stream.stop()).toContain(' 0% packet loss');
    expect(await Promise.all(old.map(tunnelProcess))).toEqual(before);
    expectWithin('a machine became a server of the mesh', 20, took);
  });

  it('takes placements, and answers names', async () => {
    await scaleWeb(4);
    expect(await webOn(added)).toHaveLength(1);
    expect((await lookUp(added, 'web.internal')).addresses).toHaveLength(4);
  });

  it('takes none while it is cordoned', async () => {
    const { id } = await serverNamed(added);
    expect(await rest.post<Server>(`/servers/${id}/cordon`)).toMatchObject({ cordoned: true });
    await scaleWeb(6);
    expect(await webOn(added)).toHaveLength(1);
    await scaleWeb(4);
  });

  it('is drained without a failed request', async () => {
    const { id } = await serverNamed(added);
    const requests = steadyRequests('proxy-1', { name: 'web.internal' });
    await rest.post(`/servers/${id}/drain`);
    await waitFor(
      'nothing left on it',
      () => containersOn(added),
      (seen) => seen.length === 0,
    );
    expect(failed(await requests.stop())).toEqual([]);
    await serving('web', 4);
    expect(await serverNamed(added)).toMatchObject({ draining: true, deployments: 0, stays: [] });
    expect(await rest.post<Server>(`/servers/${id}/uncordon`)).toMatchObject({ cordoned: false, draining: false });
  });

  it('stops what it runs and leaves the mesh once it is removed; the others drop it', async () => {
    await scaleWeb(5);
    expect(await webOn(added)).toHaveLength(1);
    const { id, subnetId } = await serverNamed(added);
    await removeServer(id, true);
    await waitFor(
      'its containers to be gone',
      () => containersOn(added),
      (seen) => seen.length === 0,
    );
    await waitFor(
      'its tunnel to be gone',
      () => succeeds(added, 'ip link show wg0'),
      (there) => !there,
    );
    for (const node of old) {
      await waitFor(
        `two peers on ${node}`,
        () => sh(node, 'wg show wg0 peers | wc -l'),
        (count) => count.trim() === '2',
      );
      expect(await sh(node, 'ip route')).not.toContain(`10.200.${subnetId}.`);
    }
    await serving('web', 5);
    await scaleWeb(3);
    await quiet();
  });
});

describe('a machine that has something of our names', () => {
  it('is as it was after a purge of the package', async () => {
    await sh(added, 'DEBIAN_FRONTEND=noninteractive apt-get purge -y techulus-agent');
    const left =
      'ls -d /var/lib/techulus /etc/techulus /usr/lib/techulus-agent /var/cache/techulus-agent 2>/dev/null || true';
    expect(await sh(added, left)).toBe('');
    expect(await sh(added, 'nft list tables')).not.toContain('techulus');
    expect(await sh(added, 'podman network ls --format "{{.Name}}"')).toBe('podman\n');
    expect(await sh(added, 'ip -4 addr show dev lo')).not.toContain('10.200.');
  });

  it('keeps its own wg0 and its own network, is told what to do, and goes on by itself then', async () => {
    await sh(added, 'podman network create --subnet 10.99.0.0/24 techulus');
    await sh(
      added,
      'wireguard-go wg0 && wg genkey | wg set wg0 private-key /dev/stdin && ip addr add 10.98.0.1/24 dev wg0',
    );
    const foreign = 'ip -4 -o addr show dev wg0; podman network inspect techulus; wg show wg0 dump';
    const before = await sh(added, foreign);
    const server = await createServer('stubborn');
    const installed = await runLine(added, server);
    expect(installed.code).not.toBe(0);
    expect(installed.stderr).toMatch(/wg0/);
    expect(installed.stderr).toMatch(/ip link delete wg0/);
    const look = (): Promise<Server> => rest.get<Server>(`/servers/${server.id}`);
    const refused = await waitFor('the refusal', look, ({ conditions }) => (conditions?.deferred.length ?? 0) > 0);
    expect(refused.conditions?.deferred.map(({ message }) => message).join('\n')).toContain('ip link delete wg0');
    expect(await sh(added, foreign)).toBe(before);
    await sh(added, 'ip link delete wg0');
    await waitFor('its admission', look, ({ admitted, status }) => admitted && status === 'online');
    await waitFor(
      'its peers',
      () => livePeers(added),
      (peers) => peers === 3,
    );
    const settings = { image: image('demo/data:1'), replicas: 1, placement: { servers: [server.id] } };
    const { id } = await createService('visitor', settings);
    const { id: rolloutId } = await startRollout(id);
    const inTheWay = ({ conditions }: Server): boolean =>
      conditions?.deferred.some(({ message }) => message?.includes('podman network rm techulus') === true) === true;
    await waitFor('the refusal', look, inTheWay);
    expect(await sh(added, 'podman network inspect techulus')).toContain('10.99.0.0/24');
    await sh(added, 'podman network rm techulus');
    expect(await endOf(rolloutId)).toMatchObject({ status: 'succeeded' });
    await deleteService('visitor');
    await quiet();
    const position = await headPosition();
    const again = await runLine(added, server);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('registered already') as string });
    expect(await eventsAfter(position)).toEqual([]);
    await removeServer(server.id);
    await quiet();
  });
});
