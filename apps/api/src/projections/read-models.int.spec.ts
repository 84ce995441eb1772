import type { MikroORM } from '@mikro-orm/postgresql';
import { deleteService, drainServer, removeServer } from '@techulus/domain';
import { joined, newService, operator, rollOut } from '../testing/operator.ts';
import type { SimulatedAgent } from '../testing/simulated-agent.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { RestClient } from '../testing/rest-client.ts';
import { until } from '../testing/until.ts';
import { DeploymentRow } from '../deployments/deployment.row.ts';
import { ProjectionCheckpoint } from './checkpoint.entity.ts';
import { readModelEntities } from './projections.ts';

let plane: TestControlPlane;
let agents: SimulatedAgent[];
beforeAll(async () => {
  plane = await startControlPlane();
  agents = [await joined(plane, 'a'), await joined(plane, 'b')];
});
afterAll(() => plane.remove());

async function passUntil(holds: () => boolean, what: string): Promise<void> {
  await until(async () => {
    for (const agent of agents) await agent.pass();
    return holds();
  }, what);
}

async function tables(orm: MikroORM): Promise<Record<string, unknown[]>> {
  const em = orm.em.fork();
  const entries: [string, unknown[]][] = [];
  for (const entity of readModelEntities) {
    const rows = await em.find(entity, {}, { orderBy: { id: 'asc' } as object });
    entries.push([entity.name, rows.map((row) => JSON.parse(JSON.stringify(row)) as unknown)]);
  }
  return Object.fromEntries(entries);
}

/** A log with a success, a scale-down, a drain, a removal and a deletion in it. */
async function live(): Promise<void> {
  const { commands, live: cluster } = plane.platform;
  const web = await newService(plane, 'web', 2);
  const status = (id: string) => cluster.state.rollouts.get(id)?.status;
  await passUntil(() => [...cluster.state.servers.values()].every(({ admitted }) => admitted), 'admitted');
  const rollout = await rollOut(plane, web);
  await passUntil(() => status(rollout) === 'succeeded', 'rolled out');
  await commands.execute((draft) => drainServer(draft, { id: agents[1]!.serverId }), operator);
  await commands.execute((draft) => removeServer(draft, { id: agents[1]!.serverId, force: true }), operator);
  await commands.execute((draft) => deleteService(draft, { id: web }), operator);
  await newService(plane, 'other', 1);
}

it('are the same when they are written anew from the log', async () => {
  await live();
  const { platform } = plane;
  await platform.projector.caughtUp(platform.live.state.position);
  const before = await tables(platform.orm);
  expect(Object.values(before).map((rows) => rows.length > 0)).toEqual(Object.values(before).map(() => true));
  await platform.projector.rebuild();
  expect(await tables(platform.orm)).toEqual(before);
});

it('of another release are written anew when this one starts', async () => {
  const before = await tables(plane.platform.orm);
  const { position } = plane.platform.live.state;
  const em = plane.platform.orm.em.fork();
  await plane.platform.projector.close();
  await em.nativeUpdate(ProjectionCheckpoint, {}, { name: 'read-models/0' });
  await em.nativeUpdate(DeploymentRow, {}, { stage: 'of another shape' });
  plane = await plane.restart();
  await plane.platform.projector.caughtUp(position);
  expect(await tables(plane.platform.orm)).toEqual(before);
});

it('are what the fold says, for all that the fold still holds', async () => {
  const { platform } = plane;
  await platform.projector.caughtUp(platform.live.state.position);
  const rows = await tables(platform.orm);
  const ids = (name: string, kept: (row: Record<string, unknown>) => boolean) =>
    (rows[name] as Record<string, unknown>[])
      .filter(kept)
      .map(({ id }) => id)
      .toSorted();
  const { state } = platform.live;
  expect(ids('ProjectRow', ({ deleted }) => deleted === false)).toEqual([...state.projects.keys()].toSorted());
  expect(ids('ServiceRow', ({ deleted }) => deleted === false)).toEqual([...state.services.keys()].toSorted());
  expect(ids('ServerRow', () => true)).toEqual([...state.servers.keys()].toSorted());
  expect(ids('DeploymentRow', () => true)).toEqual(expect.arrayContaining([...state.deployments.keys()]));
  for (const deployment of state.deployments.values()) {
    const row = (rows['DeploymentRow'] as { id: string; state: { stage: string; version: number } }[]).find(
      ({ id }) => id === deployment.id,
    );
    expect(row?.state).toMatchObject({ stage: deployment.stage, version: deployment.version });
  }
});

it('are read at a position by a process that did not write it', async () => {
  const other = await plane.second();
  try {
    const elsewhere = new RestClient({ ...plane, url: other.urls[0]! });
    for (let turn = 0; turn < 5; turn += 1) {
      const { id, position } = await new RestClient(plane).must<{ id: string; position: number }>('POST', '/projects', {
        name: `p${turn}`,
      });
      const seen = await elsewhere.get<{ items: { id: string }[] }>(`/projects?limit=200&position=${position}`);
      expect(seen.body.items.map((item) => item.id)).toContain(id);
      expect((await elsewhere.get(`/projects/${id}`, { 'techulus-position': String(position) })).status).toBe(200);
    }
  } finally {
    await other.stop();
  }
});
