import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compareGenerations } from '@techulus/contract';
import { changeService, isInMotion } from '@techulus/domain';
import { verifyLog } from '@techulus/event-store';
import { systemHash } from '@techulus/ports';
import { silentLog } from '../log.ts';
import { joined, newService, operator, revision, rollOut } from '../testing/operator.ts';
import { RestClient } from '../testing/rest-client.ts';
import { container, type SimulatedAgent } from '../testing/simulated-agent.ts';
import {
  type Installation,
  newInstallation,
  startControlPlane,
  type TestControlPlane,
} from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';
import { backUp } from './backup.ts';
import { nextEpoch, restore } from './restore.ts';

let folder: string;
let file: string;
/** Made in the middle of a rollout. */
let moving: string;
let stuck: string;
let old: TestControlPlane;
let agent: SimulatedAgent;
let web: string;
/** What ran when the backup was made. */
let known: string[];
/** What runs now. */
let running: string[];

const ids = (plane: TestControlPlane): string[] => [...plane.platform.live.state.deployments.keys()].toSorted();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'techulus-backup-'));
  file = join(folder, 'cluster.backup');
  moving = join(folder, 'moving.backup');
  old = await startControlPlane();
  agent = await joined(old, 'worker-1');
  await until(async () => {
    await agent.pass();
    return old.platform.live.state.servers.get(agent.serverId)?.admitted === true;
  }, 'it is admitted');
  web = await newService(old, 'web', 1);
  const rollout = await rollOut(old, web);
  await until(async () => {
    await agent.pass();
    return (
      old.platform.live.state.rollouts.get(rollout)?.status === 'succeeded' && !isInMotion(old.platform.live.state)
    );
  }, 'one runs');
  known = ids(old);
  await backUp(old.config, silentLog, file);
  await old.platform.commands.execute((draft) => changeService(draft, { id: web, replicas: 2 }), operator);
  await until(async () => {
    await agent.pass();
    return agent.deployments().length === 2 && !isInMotion(old.platform.live.state);
  }, 'two run');
  running = ids(old);
  stuck = await rollOut(old, await newService(old, 'stuck', 1));
  await backUp(old.config, silentLog, moving);
});
afterAll(async () => {
  await old.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The file with its text changed. */
function spoilt(change: (text: string) => string): string {
  const path = join(folder, 'spoilt.backup');
  writeFileSync(path, gzipSync(change(gunzipSync(readFileSync(file)).toString('utf8'))));
  return path;
}

describe('a backup of a running control plane', () => {
  it('is one file that only its owner reads, and never overwrites another', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(backUp(old.config, silentLog, file)).rejects.toThrow('already');
  });

  describe('restored', () => {
    let installation: Installation;
    let plane: TestControlPlane;
    beforeAll(async () => {
      installation = await newInstallation();
      await restore(installation.config, silentLog, file);
      plane = await startControlPlane(silentLog, installation);
    });
    afterAll(() => plane.remove());

    it('is the same log with one event more, in a higher epoch, with the keys and the token of before', async () => {
      const { store, controlPlaneKey, live } = plane.platform;
      const before = await old.platform.store.read({ after: 0, limit: 1_000 });
      const after = await store.read({ after: 0, limit: 1_000 });
      expect(after.slice(0, -1)).toEqual(before.slice(0, after.length - 1));
      expect(after.at(-1)).toMatchObject({ type: 'cluster.restored', data: { epoch: live.epoch } });
      expect(await verifyLog(store, systemHash)).toMatchObject({ ok: true });
      expect(live.epoch).toBeGreaterThan(old.platform.live.epoch);
      expect(controlPlaneKey.publicKey).toBe(old.platform.controlPlaneKey.publicKey);
      expect(plane.platform.adminToken.matches(new RestClient(old).token)).toBe(true);
      // Heard before, so that silence shows; what it said was about another log.
      expect(await store.rows.list('presence')).toMatchObject([
        {
          key: agent.serverId,
          value: { sequence: expect.any(Number), acks: {}, containers: [], podmanAnswers: false },
        },
      ]);
      expect(ids(plane)).toEqual(known);
    });

    it('is believed by the servers although its positions are lower, and stops nothing that it does not know', async () => {
      const held = agent.held.containers;
      Object.assign(agent, { url: plane.url });
      const reply = await agent.poll();
      expect(reply).toMatchObject({ status: 200, signed: true });
      const now = agent.held.containers;
      expect(now!.position).toBeLessThan(held!.position);
      expect(compareGenerations(now!, held!)).toBeGreaterThan(0);
      expect(agent.deployments().map(({ key }) => key)).toEqual(known);
      expect(reply.body.sections.containers).toMatchObject({ whole: true, stopOnly: [] });
      const report = await agent.report({ containers: running.map((id) => container(id)) });
      expect(report).toMatchObject({ status: 200, signed: true });
    });

    it('goes on: what is ordered now comes to be', async () => {
      const next = { id: web, spec: revision({ env: { V: '2' } }) };
      await plane.platform.commands.execute((draft) => changeService(draft, next), operator);
      const rollout = await rollOut(plane, web);
      await until(async () => {
        await agent.pass();
        return plane.platform.live.state.rollouts.get(rollout)?.status === 'succeeded';
      }, 'the rollout succeeded');
    });

    it('is refused into a database that is not empty, and over other keys', async () => {
      const other = await newInstallation();
      await expect(
        restore({ ...other.config, databaseUrl: plane.config.databaseUrl }, silentLog, file),
      ).rejects.toThrow('not empty');
      writeFileSync(join(other.config.stateDirectory, 'master.key'), 'another\n');
      await expect(restore(other.config, silentLog, file)).rejects.toThrow('another master.key');
      await expect(restore(plane.config, silentLog, file)).rejects.toThrow('a control plane runs');
      await other.remove();
    });
  });

  it('takes up what was in motion: a stage that nobody ends is ended by its deadline', async () => {
    const installation = await newInstallation();
    await restore(installation.config, silentLog, moving);
    const plane = await startControlPlane(silentLog, installation);
    const { orm, live } = plane.platform;
    const [pending] = [...live.state.deployments.values()].filter(({ rolloutId }) => rolloutId === stuck);
    const jobs = await orm.em
      .getConnection()
      .execute<{ data: object }[]>(`select data from pgboss.job where name = 'deadline'`);
    expect(jobs.map(({ data }) => data)).toEqual([
      { stream: `deployment/${pending?.id}`, version: pending?.stageVersion, about: 'pending', afterMs: 60_000 },
    ]);
    await plane.remove();
  });

  it.each([
    [
      'with an event changed',
      (text: string) => text.replace('"service.created"', '"service.deleted"'),
      'the chain breaks',
    ],
    ['with an event left out', (text: string) => text.replace(/\n\{"event":\{"position":3,[^\n]*/, ''), 'breaks at 3'],
    ['cut off', (text: string) => text.split('\n').slice(0, -3).join('\n'), 'cut off'],
    ['without keys', (text: string) => text.replace(/\n\{"keys"[^\n]*/, ''), 'keys are missing'],
    [
      'with other keys',
      (text: string) => text.replace(/"master.key":"..../, '"master.key":"AAAA'),
      'master.key that belongs',
    ],
    ['of another format', (text: string) => text.replace('"format":1', '"format":9'), 'format 9'],
    ['that is something else', () => 'hello\n', 'is damaged, or no backup'],
  ])('is not restored %s', async (_, change, why) => {
    const installation = await newInstallation();
    await expect(restore(installation.config, silentLog, spoilt(change))).rejects.toThrow(why);
    await installation.remove();
  });
});

describe('the epoch of a restore', () => {
  it('is above the one of the backup and of every restore before it', () => {
    const now = 1_764_000_000_000;
    expect(nextEpoch(1, now)).toBe(176_400_000);
    expect(nextEpoch(1, now + 10_000)).toBe(176_400_001);
    expect(nextEpoch(176_400_005, now)).toBe(176_400_006); // the clock went back
    expect(String(nextEpoch(1, Date.parse('2286-01-01')))).toHaveLength(9);
  });
});
