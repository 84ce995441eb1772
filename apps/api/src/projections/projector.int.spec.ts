import { createProject, deleteProject, renameProject } from '@techulus/domain';
import { rebuild } from '../log-commands.ts';
import { silentLog } from '../log.ts';
import { joined, newServer, newService, operator, rollOut } from '../testing/operator.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';
import { projections } from './projections.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startControlPlane()));
afterAll(() => plane.remove());

/** Every row of every read model. */
async function readModels(): Promise<Record<string, unknown[]>> {
  const { projector, store, orm } = plane.platform;
  await projector.caughtUp((await store.head()).position);
  const found: Record<string, unknown[]> = {};
  for (const entity of projections.flatMap((projection) => projection.entities)) {
    const rows = await orm.em.fork().find(entity, {});
    found[entity.name] = rows.map((row) => JSON.stringify(row)).toSorted();
  }
  return found;
}

async function someHistory(): Promise<void> {
  const { commands } = plane.platform;
  const { result: gone } = await commands.execute((draft) => createProject(draft, { name: 'gone' }), operator);
  await commands.execute((draft) => renameProject(draft, { id: gone, name: 'renamed' }), operator);
  await commands.execute((draft) => deleteProject(draft, { id: gone }), operator);
  await newServer(plane, 'never-came');
  const agent = await joined(plane, 'came');
  await agent.pass();
  await agent.pass();
  const service = await newService(plane, 'web', 2);
  const rollout = await rollOut(plane, service);
  await until(async () => {
    await agent.pass();
    return plane.platform.live.state.rollouts.get(rollout)?.status === 'succeeded';
  }, 'the rollout succeeded');
}

describe('the read models', () => {
  it('say the same when they are written anew from the log, also while the control plane serves', async () => {
    await someHistory();
    const before = await readModels();
    for (const [name, rows] of Object.entries(before)) expect(`${name}: ${rows.length > 0}`).toBe(`${name}: true`);
    expect(await rebuild(plane.config, silentLog)).toBe(true);
    expect(await readModels()).toEqual(before);
  });

  it('go on where they were after a restart', async () => {
    plane = await plane.restart();
    const before = await readModels();
    await plane.platform.commands.execute((draft) => createProject(draft, { name: 'later' }), operator);
    const after = await readModels();
    expect(Object.values(after).flat()).toHaveLength(Object.values(before).flat().length + 1);
  });

  it('are written once by two processes', async () => {
    const second = await plane.second();
    const before = await readModels();
    await plane.platform.commands.execute((draft) => createProject(draft, { name: 'from-one' }), operator);
    await second.platform.commands.execute((draft) => createProject(draft, { name: 'from-the-other' }), operator);
    await second.platform.projector.caughtUp(second.platform.live.head.position);
    expect(Object.values(await readModels()).flat()).toHaveLength(Object.values(before).flat().length + 2);
    await second.stop();
  });
});
