import { createProject, isInMotion } from '@techulus/domain';
import type { Running } from '../serve.ts';
import { joined, newService, operator, rollOut } from '../testing/operator.ts';
import type { SimulatedAgent } from '../testing/simulated-agent.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';

let first: TestControlPlane;
let second: Running;
let agent: SimulatedAgent;
const at = (running: { urls: readonly string[] }): void => void Object.assign(agent, { url: running.urls[0] });

beforeAll(async () => {
  first = await startControlPlane();
  second = await first.second();
  agent = await joined(first, 'between');
});
afterAll(async () => {
  await second.stop();
  await first.remove();
});

describe('two control planes on one database', () => {
  it('both know a server that registered at one of them a moment ago', async () => {
    at(second);
    expect(await agent.poll()).toMatchObject({ status: 200, signed: true });
    expect(await agent.report()).toMatchObject({ status: 200 });
  });

  it('refuse at one a report that the other has taken', async () => {
    at(first);
    await agent.report();
    at(second);
    expect(await agent.report({}, { sequence: agent.sequence })).toMatchObject({
      status: 409,
      body: { code: 'sequence_replayed' },
    });
  });

  it('carry a rollout between them, whoever hears the report', async () => {
    const service = await newService(first, 'web', 1);
    const rollout = await rollOut(first, service);
    let turn = 0;
    await until(async () => {
      at((turn += 1) % 2 === 0 ? first : second);
      const reply = await agent.pass();
      expect(reply.status).toBe(200);
      return first.platform.live.state.rollouts.get(rollout)?.status === 'succeeded';
    }, 'the rollout succeeded');
  });

  it('wake a poll at one by a commit at the other', async () => {
    at(second);
    await until(async () => {
      await agent.pass();
      return !isInMotion(second.platform.live.state) && (await agent.poll()).status === 304;
    }, 'all is quiet');
    const waiting = agent.poll(10);
    await until(() => second.platform.live.watchers.count === 1);
    await newService(first, 'named', 1);
    expect(await waiting).toMatchObject({ status: 200 });
  });

  it('decide on what the other did: of two that want one name, one gets it', async () => {
    const attempts = [first, second].map(({ platform }) =>
      platform.commands.execute((draft) => createProject(draft, { name: 'only-one' }), operator),
    );
    const settled = await Promise.allSettled(attempts);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'name_taken' } });
  });
});
