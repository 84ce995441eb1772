import { changeService, isInMotion } from '@techulus/domain';
import { readAll, verifyLog } from '@techulus/event-store';
import { systemHash } from '@techulus/ports';
import { type ApiProcess, type ApiProgram, buildApiProgram } from '../testing/api-process.ts';
import { joined, newService, operator, revision, rollOut } from '../testing/operator.ts';
import type { SimulatedAgent } from '../testing/simulated-agent.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';

const REPLICAS = 2;
const TERMINAL = ['succeeded', 'failed', 'rolled_back', 'cancelled', 'superseded'].map((end) => `rollout.${end}`);

let program: ApiProgram;
let survivor: TestControlPlane;
let agents: SimulatedAgent[];
let web: string;
let version = 1;

const at = (url: string): void => agents.forEach((agent) => Object.assign(agent, { url }));
const status = (id: string): string | undefined => survivor.platform.live.state.rollouts.get(id)?.status;

async function passesUntil(holds: () => boolean, what: string): Promise<void> {
  await until(async () => {
    for (const agent of agents) await agent.pass();
    return holds();
  }, what);
}

async function nextRollout(): Promise<string> {
  const spec = revision({ env: { V: String((version += 1)) } });
  await survivor.platform.commands.execute((draft) => changeService(draft, { id: web, spec }), operator);
  return rollOut(survivor, web);
}

/** Events of a rollout and of the replicas that it made. */
async function eventsOf(rollout: string): Promise<string[]> {
  const types: string[] = [];
  for await (const { stream, type, data } of readAll(survivor.platform.store)) {
    const made = type === 'deployment.created' && (data as { rolloutId: string | null }).rolloutId === rollout;
    if (stream === `rollout/${rollout}` || made) types.push(type);
  }
  return types;
}

beforeAll(async () => {
  program = buildApiProgram();
  survivor = await startControlPlane();
  agents = [await joined(survivor, 'worker-1'), await joined(survivor, 'worker-2')];
  const { live } = survivor.platform;
  await passesUntil(() => [...live.state.servers.values()].every((server) => server.admitted), 'they are admitted');
  web = await newService(survivor, 'web', REPLICAS);
  const first = await rollOut(survivor, web);
  await passesUntil(() => status(first) === 'succeeded' && !isInMotion(live.state), 'the first one succeeded');
}, 60_000);
afterAll(async () => {
  await survivor.remove();
  program.remove();
});

describe('of two control planes on one database one is killed in the middle of a rollout, for good', () => {
  let other: ApiProcess;
  beforeEach(async () => {
    other = await program.start(survivor);
  });

  it.each([
    ['before the servers have heard of it', 0],
    ['when the servers have taken it up', 1],
    ['when the first are healthy', 2],
    ['while names are changed', 3],
  ])(
    '%s: the other one ends it, once',
    async (_, passes) => {
      at(other.url);
      const rollout = await nextRollout();
      for (let pass = 0; pass < passes; pass += 1) for (const agent of agents) await agent.pass();
      // Reports are on their way when it dies: committed or not, answered or not.
      const unanswered = agents.map((agent) => agent.pass().catch(() => undefined));
      await other.kill();
      await Promise.all(unanswered);
      at(survivor.url);
      const { live, store } = survivor.platform;
      await passesUntil(() => status(rollout) === 'succeeded' && !isInMotion(live.state), 'it succeeded');
      const types = await eventsOf(rollout);
      expect(types.filter((type) => TERMINAL.includes(type))).toEqual(['rollout.succeeded']);
      expect(types.filter((type) => type === 'deployment.created')).toHaveLength(REPLICAS);
      expect(await verifyLog(store, systemHash)).toMatchObject({ ok: true });
    },
    60_000,
  );
});
