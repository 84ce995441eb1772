/** A deadline that has come. It names the stage and the stream's version at entry: whatever has moved on says nothing. */
import { missingAcks } from './acks.ts';
import { isActive, isEndedStage } from './deployment.ts';
import { fail } from './deployment-orders.ts';
import type { Draft, DueJob } from './draft.ts';
import { idOf } from './ids.ts';
import { turnBack } from './rollout-policy.ts';
import type { Deployment } from './state.ts';

function names(draft: Draft, ids: readonly string[]): string {
  return ids.map((id) => draft.cluster.servers.get(id)?.name ?? id).join(', ');
}

/** What the stage was still waiting for, in words. */
function waitedFor(draft: Draft, deployment: Deployment): string {
  const server = names(draft, [deployment.serverId]);
  switch (deployment.stage) {
    case 'pending':
      return `${server} did not take it up`;
    case 'pulling':
      return `${server} did not have the image`;
    case 'starting':
      return `its health check never passed on ${server}`;
    case 'dns_updating':
      return `dns not acknowledged by ${names(draft, missingAcks(draft, deployment.waitsFor, 'dns', deployment.stagePosition))}`;
    case 'traefik_updating':
      return `routes not acknowledged by ${names(draft, missingAcks(draft, deployment.waitsFor, 'traefik', deployment.stagePosition))}`;
    case 'healthy':
    case 'stopping_old':
    case 'running':
    case 'stopped':
    case 'failed':
    case 'rolled_back':
      return 'it did not move on';
  }
}

function stageExpired(draft: Draft, deployment: Deployment): void {
  const problem = draft.presence.get(deployment.serverId)?.problems[deployment.id];
  const last = problem === undefined ? '' : `; last: ${problem.message}`;
  const message = `${deployment.stage} took too long: ${waitedFor(draft, deployment)}${last}`;
  const lastLogLines = problem?.lastLogLines ?? [];
  fail(draft, deployment, { cause: problem?.reason ?? 'deadline_exceeded', message, exitCode: null, lastLogLines });
}

/** An old replica that does not go: its rollout goes back; one that leaves for another reason is only waited for. */
function leavingExpired(draft: Draft, deployment: Deployment): void {
  if (deployment.removed || deployment.leaving?.reason !== 'replaced') return;
  // On a silent server it counts as stopped only when seen, or when the operator removes the server by force.
  if (draft.cluster.servers.get(deployment.serverId)?.offlineAt != null) return;
  const rollout = [...draft.cluster.rollouts.values()].find(
    (candidate) =>
      candidate.serviceId === deployment.serviceId &&
      candidate.status === 'in_progress' &&
      candidate.direction === 'forward',
  );
  if (rollout === undefined) return;
  const server = names(draft, [deployment.serverId]);
  const message = `the replaced container on ${server} was not seen to be gone in time`;
  turnBack(draft, rollout, { code: 'deadline_exceeded', message, deploymentId: deployment.id });
}

export function onDeadline(draft: Draft, job: DueJob['data']): void {
  const deployment = draft.cluster.deployments.get(idOf(job.stream));
  if (deployment === undefined) return;
  if (job.about === 'leaving') {
    if (deployment.leaving?.version === job.version) leavingExpired(draft, deployment);
    return;
  }
  const entered = deployment.stage === job.about && deployment.stageVersion === job.version;
  if (entered && isActive(deployment) && !isEndedStage(deployment.stage)) stageExpired(draft, deployment);
}
