import { type Deployment, type DeploymentEvent, emptyCluster, evolveDeployment } from '@techulus/domain';
import type { PresenceRow } from '../presence/presence.ts';
import { pastView, type View } from '../reading/view.ts';
import { deploymentResource } from './deployment-resource.ts';

function told(state: Deployment | undefined, at: number, event: DeploymentEvent): Deployment {
  const version = (state?.version ?? 0) + 1;
  const evolved = evolveDeployment(state, { ...event, stream: 'deployment/d1', version, position: 10 + version, at });
  if (evolved === null) throw new Error('a deployment does not end to exist');
  return evolved;
}

const created = told(undefined, 0, {
  type: 'deployment.created',
  data: {
    ...{ serviceId: 's1', serverId: 'n1', revision: 2, address: '10.200.1.2' },
    ...{ rolloutId: null, batch: null, because: 'scale', replaces: null },
  },
});
const deployment = told(created, 1000, {
  type: 'deployment.stage_entered',
  data: { stage: 'running', waitsFor: [], acks: {} },
});

function viewAt(now: number, seenAt: number): View {
  const presence = {
    acks: {},
    podmanAnswers: true,
    diskPressure: false,
    containersObserved: true,
    connections: {},
    problems: {},
  };
  const reports = new Map<string, PresenceRow>();
  return { ...pastView(emptyCluster(), 1), now, reports, presence: new Map([['n1', { ...presence, seenAt }]]) };
}

describe('a deployment as it is shown', () => {
  it('is at its stage while its server reports, and unknown while it is silent', () => {
    expect(deploymentResource(viewAt(20_000, 19_000), deployment).stage).toBe('running');
    expect(deploymentResource(viewAt(20_000, 5_000), deployment).stage).toBe('unknown');
    expect(deploymentResource(viewAt(20_000, 5_000), { ...deployment, stage: 'stopped', removed: true }).stage).toBe(
      'stopped',
    );
  });

  it('is at its stage in the past, which knows nothing of silence and waits for nothing', () => {
    const past = pastView(emptyCluster(), 1);
    expect(deploymentResource(past, created)).toMatchObject({
      stage: 'pending',
      waitingFor: [],
    });
  });

  it('says what it waits for, and why it leaves', () => {
    const left = told(deployment, 2000, {
      type: 'deployment.leaving',
      data: { reason: 'drain', waitsFor: [], failure: null },
    });
    const draining = told(left, 3000, { type: 'deployment.draining', data: { acks: {} } });
    const shown = deploymentResource(viewAt(20_000, 19_000), draining);
    expect(shown).toMatchObject({
      stage: 'running',
      stageSince: '1970-01-01T00:00:01.000Z',
      leaving: {
        reason: 'drain',
        since: '1970-01-01T00:00:02.000Z',
        drainingSince: '1970-01-01T00:00:03.000Z',
        stopRequestedAt: null,
      },
    });
    expect(shown.leaving?.waitingFor).toEqual([expect.objectContaining({ what: 'drain', serverId: 'n1' })]);
  });

  it('tells what its container wrote last, from its failure where nothing newer is known', () => {
    const failure = { cause: 'container_exited', message: 'exit code 1', exitCode: 1, lastLogLines: ['boom'] };
    const failed = { ...deployment, stage: 'failed' as const, failure };
    const view = viewAt(20_000, 19_000);
    expect(deploymentResource(view, failed)).toMatchObject({
      reason: { code: 'container_exited', message: 'exit code 1', exitCode: 1 },
      lastLogLines: ['boom'],
    });
    expect(deploymentResource(view, failed, ['later']).lastLogLines).toEqual(['later']);
  });
});
