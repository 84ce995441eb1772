import { ensureDemo, image, quiet, serving } from './support/cluster.ts';
import { containersOf, lookUp, sh, type Container } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Deployment, Why } from './support/resources.ts';
import { expectWithin, secondsSince, waitFor } from './support/wait-for.ts';

type Placed = Container & { readonly node: string };

async function aWebContainer(node: string): Promise<Placed> {
  await ensureDemo();
  const container = (await containersOf('web')).find((each) => each.node === node);
  if (container === undefined) throw new Error(`no replica of web on ${node}`);
  return container;
}

/** Seconds from the blow, given in the node itself, until the replica's address answers again. */
async function secondsAway({ node, address }: Placed, blow: string): Promise<number> {
  const script = `start=$(date +%s%N)
${blow}
until curl -s -m 1 -o /dev/null http://${address}:8080/healthz; do
  [ $((($(date +%s%N) - start) / 1000000000)) -lt 60 ] || break; sleep 0.02
done
echo $((($(date +%s%N) - start) / 1000000))`;
  return Number((await sh(node, script, 90)).trim().split('\n').at(-1)) / 1000;
}

const pidOf = (id: string): string => `$(podman container inspect --format '{{.State.Pid}}' ${id})`;

describe('a container that ends though it should not', () => {
  it('is back within 3 s after kill -9, as the same container, and the log says why', async () => {
    const container = await aWebContainer('worker-1');
    const { restarts } = await rest.get<Deployment>(`/deployments/${container.deploymentId}`);
    expectWithin('killed container back', 3, await secondsAway(container, `kill -9 ${pidOf(container.id)}`));
    const [now] = (await containersOf('web')).filter(({ deploymentId }) => deploymentId === container.deploymentId);
    expect(now).toMatchObject({ id: container.id, address: container.address, state: 'running' });
    expect(now?.startedAt).not.toBe(container.startedAt);
    const look = (): Promise<Why> => rest.get<Why>(`/why/deployment/${container.deploymentId}`);
    const why = await waitFor('the restart in the log', look, ({ chain }) =>
      chain.some(({ type }) => type === 'deployment.restarted'),
    );
    expect(why.chain.find(({ type }) => type === 'deployment.restarted')?.text).toContain('exit code 137');
    expect((await rest.get<Deployment>(`/deployments/${container.deploymentId}`)).restarts).toBeGreaterThan(restarts);
  });

  it('is back at the same address after podman rm', async () => {
    const container = await aWebContainer('worker-2');
    expectWithin(
      'removed container back',
      3,
      await secondsAway(container, `podman rm --force --time 0 ${container.id}`),
    );
    const again = (await containersOf('web')).filter(({ deploymentId }) => deploymentId === container.deploymentId);
    expect(again).toMatchObject([{ address: container.address, node: 'worker-2', state: 'running' }]);
  });

  it('is back although its monitor was killed too, and Podman says it is up', async () => {
    const container = await aWebContainer('proxy-1');
    const conmon = `$(podman container inspect --format '{{.State.ConmonPid}}' ${container.id})`;
    expectWithin(
      'container and monitor back',
      3,
      await secondsAway(container, `kill -9 ${conmon} ${pidOf(container.id)}`),
    );
    const again = (await containersOf('web')).filter(({ deploymentId }) => deploymentId === container.deploymentId);
    expect(again).toMatchObject([{ address: container.address, node: 'proxy-1', state: 'running' }]);
    await serving('web', 3);
    await quiet();
  });
});

describe('a replica that stops answering its health check', () => {
  it('leaves the names, is started again, and comes back; nothing is rolled back', async () => {
    const container = await aWebContainer('worker-2');
    const { restarts } = await rest.get<Deployment>(`/deployments/${container.deploymentId}`);
    await sh(
      'worker-2',
      `pkill -STOP -P ${pidOf(container.id)} -x busybox || pkill -STOP -P ${pidOf(container.id)} httpd`,
    );
    const start = performance.now();
    const names = (): Promise<readonly string[]> =>
      lookUp('proxy-1', 'web.internal').then(({ addresses }) => addresses);
    await waitFor('a name without it', names, (addresses) => !addresses.includes(container.address));
    // Two checks of 2 s each, a second apart.
    expectWithin('unhealthy replica out of the names', 7, secondsSince(start));
    await waitFor('a name with it again', names, (addresses) => addresses.includes(container.address));
    const deployment = await rest.get<Deployment>(`/deployments/${container.deploymentId}`);
    expect(deployment).toMatchObject({ stage: 'running', health: 'healthy', address: container.address });
    expect(deployment.restarts).toBeGreaterThan(restarts);
    await serving('web', 3);
    await quiet();
  });
});

describe('a container that is not ours', () => {
  it('is left alone, also where it looks like ours', async () => {
    const run = (name: string, more: string): string =>
      `podman run -d --name ${name} --network none ${more} ${image('demo/data:1')} sleep 3600`;
    const state = `podman container inspect --format '{{.Id}} {{.State.Status}} {{.State.StartedAt}}' stranger lookalike`;
    await sh('worker-1', `podman rm --force --ignore --time 0 stranger lookalike`);
    await sh('worker-1', run('stranger', ''));
    await sh('worker-1', run('lookalike', '--label techulus.service.name=web'));
    const before = await sh('worker-1', state);
    const container = await aWebContainer('worker-1');
    await secondsAway(container, `podman rm --force --time 0 ${container.id}`);
    await sh('worker-1', 'systemctl restart techulus-agent.service');
    await waitFor('the agent at rest again', () => quiet({ seconds: 5 }).then(() => true), Boolean);
    expect(await sh('worker-1', state)).toBe(before);
    await sh('worker-1', `podman rm --force --time 0 stranger lookalike`);
    await serving('web', 3);
  });
});

describe('what was changed by hand', () => {
  const drifts = [
    { what: 'a route', blow: 'ip route del $(ip -4 route show dev wg0 | grep -o -m 1 "^10.200[^ ]*")' },
    { what: 'a peer', blow: 'wg set wg0 peer $(wg show wg0 peers | head -n 1) remove' },
    { what: 'the firewall table', blow: 'nft delete table inet techulus' },
  ];
  const mesh = 'ip -4 route show dev wg0 | sort; wg show wg0 allowed-ips | sort; nft list table inet techulus';

  it.each(drifts)('is put right: $what', async ({ blow }) => {
    await quiet();
    const before = await sh('worker-1', mesh);
    const start = performance.now();
    await sh('worker-1', blow);
    expect(await sh('worker-1', mesh).catch(() => 'none')).not.toBe(before);
    await waitFor(
      'it as it was',
      () => sh('worker-1', mesh),
      (now) => now === before,
    );
    expectWithin('put right', 6, secondsSince(start));
  });
});
