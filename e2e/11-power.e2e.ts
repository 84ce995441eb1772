import { setTimeout as pause } from 'node:timers/promises';
import { killControlPlane, killInNode, rebootNode, startControlPlane, stopControlPlane } from '@techulus/lab';
import {
  endOf,
  ensureDemo,
  eventsAfter,
  headPosition,
  image,
  named,
  quiet,
  serverNamed,
  service,
  serving,
  startRollout,
} from './support/cluster.ts';
import { askedEvery100ms } from './support/name-watch.ts';
import { ask, containersOf, containersOn, livePeers, lookUp, sh, succeeds, tunnelProcess } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Rollout } from './support/resources.ts';
import { failed, steadyRequests } from './support/steady-requests.ts';
import { expectWithin, note, secondsSince, waitFor } from './support/wait-for.ts';

const node = 'worker-1';

async function mainPid(unit: string): Promise<string> {
  return (await sh(node, `systemctl show --property=MainPID --value ${unit}`)).trim();
}

describe('a node that reboots', () => {
  it('has the same containers by the same names and addresses again, and no hand was needed', async () => {
    const { web } = await ensureDemo();
    const identity = async (): Promise<string[]> =>
      (await containersOn(node)).map(
        ({ id, deploymentId, address, state }) => `${deploymentId} ${id} ${address} ${state}`,
      );
    const before = await identity();
    expect(before.length).toBeGreaterThan(0);
    const position = await headPosition();
    await rebootNode(node);
    const start = performance.now();
    await waitFor('the same containers running', identity, (now) => JSON.stringify(now) === JSON.stringify(before));
    await named('web', web.addresses);
    await waitFor(
      'an answer by name',
      () => ask(node, 'http://web.internal:8080/healthz'),
      (text) => text === 'ok\n',
    );
    expectWithin('containers, names and tunnels back after the boot', 10, secondsSince(start));
    await waitFor(
      'its peers',
      () => livePeers(node),
      (peers) => peers === 2,
    );
    await serving('web', 3);
    await quiet();
    const types = (await eventsAfter(position)).map(({ type }) => type);
    expect(types).not.toContain('deployment.created');
    expect((await serverNamed(node)).status).toBe('online');
  });
});

describe('kill -9', () => {
  it('of the agent touches no container, name or tunnel; systemd brings it back', async () => {
    await ensureDemo();
    const [containers, tunnel, pid] = [
      await containersOn(node),
      await tunnelProcess(node),
      await mainPid('techulus-agent'),
    ];
    const names = askedEvery100ms(node, 'web.internal');
    const start = performance.now();
    await killInNode(node, 'agent');
    await waitFor(
      'another agent process',
      () => mainPid('techulus-agent'),
      (now) => now !== pid && now !== '0',
    );
    const running = (await sh(node, 'cat /var/lib/techulus/status.json')).length;
    expect(running).toBeGreaterThan(0);
    await waitFor(
      'its report',
      async () => Number(JSON.parse(await sh(node, 'cat /var/lib/techulus/status.json')).pid),
      (now) => String(now) !== pid,
    );
    expectWithin('killed agent reports again', 5, secondsSince(start));
    expect(await names.stop()).toMatchObject({ lost: [] });
    expect(await containersOn(node)).toEqual(containers);
    expect(await tunnelProcess(node)).toBe(tunnel);
    await quiet();
  });

  it('of the DNS process loses a name for no longer than a retry', async () => {
    const { web } = await ensureDemo();
    const pid = await mainPid('techulus-dns');
    const names = askedEvery100ms(node, 'web.internal');
    await pause(500);
    await killInNode(node, 'dns');
    await waitFor(
      'another process',
      () => mainPid('techulus-dns'),
      (now) => now !== pid && now !== '0',
    );
    await waitFor(
      'the name',
      () => lookUp(node, 'web.internal'),
      ({ addresses }) => addresses.length === web.addresses.length,
    );
    const { asked, retried, lost, longestSeconds } = await names.stop();
    note(`${asked} names asked, ${retried} of them twice`);
    expect(asked).toBeGreaterThan(3);
    expectWithin('longest wait for a name while its process was killed', 1.2, longestSeconds);
    expect(lost).toEqual([]);
    await quiet();
  });

  it('of the control plane in a rollout: nothing fails, and the rollout ends once', async () => {
    await ensureDemo();
    const { id, latestRevision } = await service('web');
    const version = latestRevision % 2 === 0 ? '1' : '2';
    await rest.patch(`/services/${id}`, { image: image(`demo/web:${version}`) });
    const requests = steadyRequests('proxy-1', { name: 'web.internal', pauseSeconds: 0.05 });
    const position = await headPosition();
    const { id: rolloutId } = await startRollout(id);
    const moving = ({ batch, deployments }: Rollout): boolean =>
      batch >= 1 && deployments.some(({ stage }) => stage !== 'pending');
    await waitFor('a rollout that moves', () => rest.get<Rollout>(`/rollouts/${rolloutId}`), moving, { everyMs: 20 });
    await killControlPlane();
    await startControlPlane();
    expect(await endOf(rolloutId, { seconds: 90 })).toMatchObject({ status: 'succeeded' });
    expect(failed(await requests.stop())).toEqual([]);
    await serving('web', 3);
    await quiet();
    const own = (await eventsAfter(position)).filter(({ stream }) => stream === `rollout/${rolloutId}`);
    const terminal = [
      'rollout.succeeded',
      'rollout.failed',
      'rollout.rolled_back',
      'rollout.cancelled',
      'rollout.superseded',
    ];
    expect(own.filter(({ type }) => terminal.includes(type)).map(({ type }) => type)).toEqual(['rollout.succeeded']);
    await waitFor(
      'three containers',
      () => containersOf('web'),
      (seen) => seen.length === 3,
    );
  });
});

describe('while there is no control plane', () => {
  it('a server goes on with what it holds, also after its agent was restarted', async () => {
    await ensureDemo();
    const [container] = await containersOn(node, 'web');
    const { address = '', id = '' } = container ?? {};
    await stopControlPlane();
    try {
      await sh(node, 'systemctl restart techulus-agent.service');
      const start = performance.now();
      await sh(node, `podman rm --force --time 0 ${id}`);
      const answers = (): Promise<boolean> =>
        succeeds(node, `curl -sf -m 1 -o /dev/null http://${address}:8080/healthz`);
      await waitFor('the removed container', answers, Boolean);
      expectWithin('repaired without a control plane', 5, secondsSince(start));
      expect((await lookUp(node, 'web.internal')).addresses).toContain(address);
    } finally {
      await startControlPlane();
    }
    await serving('web', 3);
    await quiet();
  });
});
