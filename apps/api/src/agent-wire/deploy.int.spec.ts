import { changeService, drainServer, isInMotion, writeSecret } from '@techulus/domain';
import { open } from '@techulus/keys';
import { secretReference } from '../keys/ciphertexts.ts';
import { joined, newService, operator, revision, rollOut } from '../testing/operator.ts';
import { container, type SimulatedAgent } from '../testing/simulated-agent.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';

let plane: TestControlPlane;
let agents: SimulatedAgent[];
beforeAll(async () => {
  plane = await startControlPlane();
  agents = [await joined(plane, 'proxy-1', 'proxy'), await joined(plane, 'worker-1'), await joined(plane, 'worker-2')];
  await passesUntil(
    () => [...plane.platform.live.state.servers.values()].every((server) => server.admitted),
    'all are admitted',
  );
});
afterAll(() => plane.remove());

const replicas = (serviceId: string): { stage: string; serverId: string; id: string; address: string }[] =>
  [...plane.platform.live.state.deployments.values()].filter((deployment) => deployment.serviceId === serviceId);
const stages = (serviceId: string): string[] =>
  replicas(serviceId)
    .map((deployment) => deployment.stage)
    .toSorted();
const status = (rolloutId: string): string | undefined => plane.platform.live.state.rollouts.get(rolloutId)?.status;

/** Every agent polls and reports, again and again: what is expected of it runs at once and is healthy. */
async function passesUntil(holds: () => boolean, what: string): Promise<void> {
  await until(async () => {
    for (const agent of agents) await agent.pass();
    return holds();
  }, what);
}

describe('a deploy over the wire', () => {
  it('goes from the order to three running replicas, named on every server', async () => {
    const service = await newService(plane, 'web', 3);
    const rollout = await rollOut(plane, service);
    await passesUntil(() => status(rollout) === 'succeeded', 'the rollout succeeded');
    await passesUntil(() => stages(service).join() === 'running,running,running', 'three run');
    const addresses = replicas(service).map(({ address }) => address);
    for (const agent of agents) {
      await agent.poll();
      expect(agent.parts.get('dns')?.get('web')).toMatchObject({ addresses: expect.arrayContaining(addresses) });
    }
    expect(new Set(replicas(service).map(({ serverId }) => serverId)).size).toBe(3);
  });

  it('wakes the poll of a server the moment it is expected to be something else, and only then', async () => {
    await passesUntil(() => !isInMotion(plane.platform.live.state), 'all is quiet');
    for (const agent of agents) await agent.poll();
    const waiting = agents.map((agent) => agent.poll(5));
    await until(() => plane.platform.live.watchers.count === agents.length);
    const service = await newService(plane, 'woken', 1);
    const rollout = await rollOut(plane, service);
    const replies = await Promise.all(waiting);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]); // the new name touches everybody's dns
    await passesUntil(() => status(rollout) === 'succeeded', 'it succeeded');
  });

  it('sends a secret sealed to the servers that run the service, and to no other', async () => {
    const { commands, ciphertexts, live } = plane.platform;
    const { result: secret } = await commands.execute(
      (draft) => writeSecret(draft, { name: 'password' }),
      operator,
      ({ id, version }, rows) => ciphertexts.write(rows, secretReference(id, version), 'hunter2'),
    );
    const spec = revision({ secrets: [{ env: 'PASSWORD', name: 'password', ...secret }] });
    const service = await newService(plane, 'secretive', 1, spec);
    const rollout = await rollOut(plane, service);
    await passesUntil(() => status(rollout) === 'succeeded', 'it succeeded');
    const reference = secretReference(secret.id, secret.version);
    const holder = replicas(service)[0]!.serverId;
    for (const agent of agents) {
      const sealed = agent.sealed[reference];
      if (agent.serverId === holder) expect(open(agent.keys.sealing, sealed!)).toBe('hunter2');
      else expect(sealed).toBeUndefined();
    }
    expect(JSON.stringify(await plane.platform.store.read({ after: 0, limit: 10_000 }))).not.toContain('hunter2');
    const [agent] = agents.filter((one) => one.serverId === holder);
    const before = agent!.sealed[reference];
    agent!.held = {};
    await agent!.poll();
    expect(agent!.sealed[reference]).toBe(before); // the same bytes, not sealed anew
    expect(live.whyUnready()).toBeNull();
  });

  it("refuses a report about another server's replica, and takes nothing of it", async () => {
    const [first, second] = agents as [SimulatedAgent, SimulatedAgent];
    const other = second.deployments()[0] ?? first.deployments()[0]!;
    const wrong = second.deployments().length > 0 ? first : second;
    const before = (await plane.platform.store.head()).position;
    const reply = await wrong.report({ containers: [container(other.key, { health: 'unhealthy' })] });
    expect(reply).toMatchObject({ status: 403, signed: true, body: { code: 'foreign_deployment' } });
    expect((await plane.platform.store.head()).position).toBe(before);
  });

  it('rolls back what does not become healthy, and leaves what stood alone', async () => {
    const service = [...plane.platform.live.state.services.values()].find(({ name }) => name === 'web')!.id;
    const standing = replicas(service).map(({ id }) => id);
    await plane.platform.commands.execute(
      (draft) => changeService(draft, { id: service, spec: revision({ env: { V: '2' } }) }),
      operator,
    );
    const rollout = await rollOut(plane, service);
    await until(async () => {
      for (const agent of agents) {
        await agent.poll();
        const fine = agent
          .deployments()
          .map((part) =>
            container(
              part.key,
              part.env['V'] === '2'
                ? { phase: 'failed', health: 'starting', reason: 'image_not_found', message: 'no such image' }
                : {},
            ),
          );
        await agent.report({ containers: fine });
      }
      return status(rollout) === 'rolled_back';
    }, 'it rolled back');
    expect(plane.platform.live.state.rollouts.get(rollout)?.reason).toMatchObject({ code: 'image_not_found' });
    expect(
      replicas(service)
        .filter(({ stage }) => stage === 'running')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(standing.toSorted());
  });

  it('goes on after a restart where it was', async () => {
    const before = plane.platform.live.head;
    const service = [...plane.platform.live.state.services.values()].find(({ name }) => name === 'web')!.id;
    const rollout = await rollOut(plane, service);
    plane = await plane.restart();
    for (const agent of agents) Object.assign(agent, { url: plane.url });
    expect(plane.platform.live.head.position).toBeGreaterThan(before.position);
    await passesUntil(() => status(rollout) === 'succeeded', 'it succeeded after the restart');
  });

  it('drains a server', async () => {
    const worker = agents[2]!;
    await plane.platform.commands.execute((draft) => drainServer(draft, { id: worker.serverId }), operator);
    await passesUntil(() => worker.deployments().length === 0, 'nothing is expected there any more');
    const service = [...plane.platform.live.state.services.values()].find(({ name }) => name === 'web')!.id;
    await passesUntil(
      () => replicas(service).filter(({ stage }) => stage === 'running').length === 3,
      'three run elsewhere',
    );
  });
});
