import { evolve } from './cluster.ts';
import { isActive, isEndedStage } from './deployment.ts';
import { decisionOf, type DueJob, openDraft } from './draft.ts';
import { idOf } from './ids.ts';
import { adopt, deadlinesInMotion, stopUnknown, type UnknownContainer } from './restore-commands.ts';
import { startRollout } from './rollout-commands.ts';
import { changeService } from './service-commands.ts';
import { settle } from './settle.ts';
import { type ClusterState, type Deployment, emptyCluster } from './state.ts';
import { Scenario, spec } from './testing/scenario.ts';

function foldTo(story: Scenario, position: number): ClusterState {
  const cluster = emptyCluster();
  for (const event of story.log.slice(0, position)) evolve(cluster, event);
  return cluster;
}

function asFound({ id, serverId, serviceId, revision, address }: Deployment): UnknownContainer {
  return { deploymentId: id, serverId, serviceId, revision, address };
}

/** Two servers, one service with a replica; after `cut`, a second replica and a second revision. */
function story(): { told: Scenario; web: string; cut: number } {
  const told = new Scenario();
  for (const name of ['a', 'b']) told.addServer(name);
  told.pass(2);
  const web = told.addService('web', { replicas: 1 });
  told.decide((draft) => startRollout(draft, { serviceId: web }));
  told.pass(10);
  const cut = told.log.length;
  told.decide((draft) => changeService(draft, { id: web, replicas: 2 }));
  told.pass(10);
  return { told, web, cut };
}

const draftOf = (cluster: ClusterState, told: Scenario) =>
  openDraft(cluster, { now: told.now, epoch: 2, newId: () => 'new', presence: told.presence });

describe('containers that the log does not know', () => {
  it('are adopted as replicas of the revision that they were made from, and are not too many then', () => {
    const { told, web, cut } = story();
    const before = foldTo(told, cut);
    const unknown = [...told.cluster.deployments.values()].filter(({ id }) => !before.deployments.has(id));
    expect(unknown).toHaveLength(1);
    const draft = draftOf(before, told);
    const { adopted, left } = adopt(draft, unknown.map(asFound));
    settle(draft);
    expect([adopted.length, left]).toEqual([1, []]);
    expect(draft.cluster.deployments.get(unknown[0]!.id)).toMatchObject({ stage: 'pending', because: 'adopted' });
    expect(draft.cluster.services.get(web)?.replicas).toBe(2);
    const { claims, jobs } = decisionOf(draft);
    expect(claims).toEqual([{ kind: 'address', key: unknown[0]!.address, stream: `deployment/${unknown[0]!.id}` }]);
    expect(jobs).toMatchObject([{ queue: 'deadline', data: { about: 'pending' } }]);
    expect([...draft.cluster.deployments.values()].every(isActive)).toBe(true);
  });

  it.each([
    ['of a service that is not known', { serviceId: 'none' }, 'does not know its service'],
    ['of a revision that is not known', { revision: null }, 'from no revision'],
    ['with the address of another server', { address: '10.200.99.2' }, 'not one of its server'],
    ['of a server that is not known', { serverId: 'none' }, 'not one of its server'],
  ])('are left as they are: %s', (_, change, reason) => {
    const { told, cut } = story();
    const before = foldTo(told, cut);
    const [unknown] = [...told.cluster.deployments.values()].filter(({ id }) => !before.deployments.has(id));
    const draft = draftOf(before, told);
    const { adopted, left } = adopt(draft, [{ ...asFound(unknown!), ...change }]);
    expect([adopted, left.map((one) => one.reason)]).toEqual([[], [expect.stringContaining(reason)]]);
    expect(draft.events).toEqual([]);
  });

  it('are not adopted under an address that another replica has by now, nor in the middle of a rollout', () => {
    const { told, web, cut } = story();
    const before = foldTo(told, cut);
    const [unknown] = [...told.cluster.deployments.values()].filter(({ id }) => !before.deployments.has(id));
    const [known] = [...before.deployments.values()];
    const draft = draftOf(before, told);
    const taken = { ...asFound(unknown!), serverId: known!.serverId, address: known!.address };
    expect(adopt(draft, [taken]).left[0]?.reason).toContain('is given to deployment');
    changeService(draft, { id: web, spec: spec('registry.test/web:2') });
    startRollout(draft, { serviceId: web });
    settle(draft);
    expect(adopt(draft, [asFound(unknown!)]).left[0]?.reason).toContain('a rollout of web is in progress');
  });

  it('stay after a restore until they are ordered to stop; every server is told of both', () => {
    const { told } = story();
    const cluster = foldTo(told, told.log.length);
    const place = { stream: 'cluster/main', version: 1, at: told.now };
    evolve(cluster, { ...place, type: 'cluster.restored', data: { epoch: 2, backupAt: 1 }, position: 900 });
    expect(cluster.keepsUnknown).toBe(true);
    expect([...cluster.touched.containers.values()]).toEqual([900, 900]);
    const draft = draftOf(cluster, told);
    stopUnknown(draft);
    stopUnknown(draft);
    expect(draft.events.map(({ event }) => event.type)).toEqual(['cluster.unknown_stopped']);
    expect(draft.cluster.keepsUnknown).toBe(false);
    expect(cluster.keepsUnknown).toBe(true);
  });
});

describe('the deadlines of what is in motion', () => {
  const counts = (cluster: ClusterState, { data }: DueJob): boolean => {
    const deployment = cluster.deployments.get(idOf(data.stream));
    if (deployment === undefined) return false;
    if (data.about === 'leaving') return deployment.leaving?.version === data.version && !deployment.removed;
    const entered = deployment.stage === data.about && deployment.stageVersion === data.version;
    return entered && isActive(deployment) && !isEndedStage(deployment.stage);
  };
  const text = (jobs: readonly DueJob[]): string[] => jobs.map((job) => JSON.stringify(job.data)).toSorted();

  it('are those that were enqueued and still count, at every moment of a rollout', () => {
    const { told, web } = story();
    told.decide((draft) => changeService(draft, { id: web, spec: spec('registry.test/web:2') }));
    told.decide((draft) => startRollout(draft, { serviceId: web }));
    let seen = 0;
    for (let second = 0; second < 30; second += 1) {
      const enqueued = told.jobs.map(({ job }) => job).filter((job) => job.queue === 'deadline');
      const again = deadlinesInMotion(told.cluster);
      expect(text(again)).toEqual(text(enqueued.filter((job) => counts(told.cluster, job))));
      seen += again.length;
      told.pass(1);
    }
    expect(seen).toBeGreaterThan(3);
  });
});
