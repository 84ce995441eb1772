import { containerSpecHash, type DeploymentPart } from '@techulus/contract';
import { isInMotion, macOf } from '@techulus/domain';
import { systemHash } from '@techulus/ports';
import { joined, newService, rollOut } from '../testing/operator.ts';
import { RestClient } from '../testing/rest-client.ts';
import { container, type SimulatedAgent } from '../testing/simulated-agent.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';

let plane: TestControlPlane;
let rest: RestClient;
let agent: SimulatedAgent;
let web: string;
/** A second replica, made after the backup, as its server has it. */
let newer: DeploymentPart;

const origin = (part: DeploymentPart) => ({
  serviceId: part.serviceId,
  address: part.address,
  specHash: containerSpecHash(part, systemHash),
});

beforeAll(async () => {
  plane = await startControlPlane();
  rest = new RestClient(plane);
  agent = await joined(plane, 'worker-1');
  const quiet = async (holds: () => boolean): Promise<void> =>
    until(async () => {
      await agent.pass();
      return holds() && !isInMotion(plane.platform.live.state);
    });
  await quiet(() => plane.platform.live.state.servers.get(agent.serverId)?.admitted === true);
  web = await newService(plane, 'web', 1);
  await rollOut(plane, web);
  await quiet(() => agent.deployments().length === 1);
  const [known] = agent.deployments();
  const address = known!.address.replace(/\d+$/, '77');
  newer = { ...known!, key: 'newer', address, mac: macOf(address) };
});
afterAll(() => plane.remove());

async function restored(): Promise<void> {
  const { store, live } = plane.platform;
  const events = [{ type: 'cluster.restored', schema: 1, data: { epoch: live.epoch, backupAt: 1 } }];
  const appends = [{ stream: 'cluster/main', expectedVersion: live.state.clusterVersion, events }];
  await live.caughtUp((await store.append({ appends, meta: { actor: 'test' } })).position);
}

describe('containers that the log does not know', () => {
  it('cannot be adopted where nobody keeps them', async () => {
    expect(await rest.send('POST', '/cluster/adopt')).toMatchObject({ status: 409, body: { code: 'nothing_kept' } });
  });

  it('are kept after a restore, and shown with their server', async () => {
    await restored();
    await agent.poll();
    await agent.report({
      containers: [
        ...agent.deployments().map((part) => container(part.key)),
        container('newer', { origin: origin(newer) }),
        container('of-another-revision', { origin: { ...origin(newer), specHash: '0'.repeat(64) } }),
        container('without-labels'),
      ],
    });
    const { unknown } = (
      await rest.must<{ conditions: { unknown: { deploymentId: string }[] } }>('GET', `/servers/${agent.serverId}`)
    ).conditions;
    expect(unknown).toMatchObject([
      { deploymentId: 'newer', serviceId: web, phase: 'running' },
      { deploymentId: 'of-another-revision', serviceId: web },
      { deploymentId: 'without-labels', serviceId: null },
    ]);
    expect(await rest.must('GET', '/cluster')).toMatchObject({ keepsUnknown: true });
  });

  it('are adopted where the log knows what they are, and are replicas like any other from then on', async () => {
    const adoption = await rest.must('POST', '/cluster/adopt');
    expect(adoption).toMatchObject({
      adopted: [{ deploymentId: 'newer', serverId: agent.serverId, serviceId: web, revision: 1 }],
      left: [
        { deploymentId: 'of-another-revision', reason: expect.stringContaining('from no revision') },
        { deploymentId: 'without-labels', reason: expect.stringContaining('labels') },
      ],
    });
    await agent.poll();
    const part = agent.deployments().find(({ key }) => key === 'newer');
    expect(part && origin(part)).toEqual(origin(newer)); // nothing to replace
    await until(async () => {
      await agent.pass();
      return plane.platform.live.state.deployments.get('newer')?.stage === 'running';
    }, 'it runs');
    expect(await rest.must('GET', `/services/${web}`)).toMatchObject({ replicas: 2, available: 2 });
  });

  it('are stopped when the operator says so, once and for all', async () => {
    await rest.must('POST', '/cluster/stop-unknown');
    const { body } = await agent.poll();
    expect(body.sections.containers).toBeDefined();
    expect(body.sections.containers).not.toHaveProperty('stopOnly');
    const before = await plane.platform.store.head();
    await rest.must('POST', '/cluster/stop-unknown');
    expect(await plane.platform.store.head()).toEqual(before);
    expect(await rest.must('GET', '/cluster')).toMatchObject({ keepsUnknown: false });
  });
});
