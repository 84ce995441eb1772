/** What a server's report tells of its containers, as facts of their lifecycles. A late or repeated fact says nothing. */
import { isEndedStage } from './deployment.ts';
import type { Failure, Stage } from './deployment-events.ts';
import { enterStage, fail } from './deployment-orders.ts';
import { type Draft, emit } from './draft.ts';
import type { DeploymentId, ServerId } from './ids.ts';
import { Refused } from './refused.ts';
import type { Deployment, Leaving } from './state.ts';

/** One container as its server reports it; the wire's ContainerReport has this shape. */
export interface ContainerFact {
  readonly deploymentId: DeploymentId;
  readonly phase: 'waiting' | 'pulling' | 'pulled' | 'created' | 'running' | 'stopping' | 'exited' | 'failed';
  readonly health: 'starting' | 'healthy' | 'unhealthy';
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly lastLogLines: readonly string[];
  readonly restarts: number;
  readonly crashLooping: boolean;
}

export interface ServerReport {
  readonly serverId: ServerId;
  readonly containers: readonly ContainerFact[];
  readonly containersObserved: boolean;
  readonly endpoints: readonly string[];
}

/** Trying again cannot help; the others are tried until the stage's deadline. */
const FINAL_REASONS = new Set(['image_not_found', 'registry_unauthorized']);

function failure(cause: string, fact: ContainerFact, message: string): Failure {
  return { cause, message, exitCode: fact.exitCode, lastLogLines: [...fact.lastLogLines] };
}

function exitFailure(fact: ContainerFact): Failure {
  return failure(
    'container_exited',
    fact,
    `the container exited with code ${fact.exitCode ?? 'unknown'} before it was healthy`,
  );
}

function current(draft: Draft, id: DeploymentId): Deployment | undefined {
  return draft.cluster.deployments.get(id);
}

const STARTED: ReadonlySet<ContainerFact['phase']> = new Set<ContainerFact['phase']>(['created', 'running', 'exited']);

function observeComing(draft: Draft, deployment: Deployment, fact: ContainerFact): void {
  if (fact.phase === 'waiting') return;
  if (deployment.stage === 'pending') enterStage(draft, deployment, 'pulling');
  const pulling = current(draft, deployment.id) ?? deployment;
  if (fact.phase === 'failed' && fact.reason !== null && FINAL_REASONS.has(fact.reason)) {
    fail(draft, pulling, failure(fact.reason, fact, fact.message ?? 'the image cannot be pulled'));
  } else if (pulling.hold) observeHeld(draft, pulling, fact);
  else if (STARTED.has(fact.phase)) enterStage(draft, pulling, 'starting');
}

function observeHeld(draft: Draft, deployment: Deployment, fact: ContainerFact): void {
  if (fact.phase !== 'pulled' || deployment.imageReady) return;
  emit(draft, 'deployment', deployment.id, { type: 'deployment.image_ready', data: {} });
}

function observeStarting(draft: Draft, deployment: Deployment, fact: ContainerFact): void {
  if (fact.phase === 'exited' || fact.restarts > 0) fail(draft, deployment, exitFailure(fact));
  else if (fact.health === 'unhealthy') {
    fail(
      draft,
      deployment,
      failure('unhealthy', fact, `the health check failed: ${fact.message ?? 'no reason given'}`),
    );
  } else if (fact.phase === 'running' && fact.health === 'healthy') enterStage(draft, deployment, 'healthy');
}

function observeRestarts(draft: Draft, deployment: Deployment, fact: ContainerFact): void {
  const { restarts, exitCode } = fact;
  if (fact.crashLooping && !deployment.crashLooping) {
    const data = { exitCode, restarts, lastLogLines: [...fact.lastLogLines] };
    emit(draft, 'deployment', deployment.id, { type: 'deployment.crash_loop_entered', data });
  } else if (!fact.crashLooping && deployment.crashLooping) {
    emit(draft, 'deployment', deployment.id, { type: 'deployment.crash_loop_left', data: { restarts } });
  } else if (!fact.crashLooping && restarts > 0 && restarts !== deployment.restarts) {
    emit(draft, 'deployment', deployment.id, { type: 'deployment.restarted', data: { exitCode, restarts } });
  }
}

function observeHealth(draft: Draft, deployment: Deployment, fact: ContainerFact): void {
  const down = fact.phase === 'exited' || fact.phase === 'created';
  const health = down ? 'unhealthy' : fact.health;
  if (health === 'starting' || health === deployment.health) return;
  const message = down ? `the container is not running (exit code ${fact.exitCode ?? 'unknown'})` : fact.message;
  emit(draft, 'deployment', deployment.id, { type: 'deployment.health_changed', data: { health, message } });
}

const STANDING: ReadonlySet<ContainerFact['phase']> = new Set<ContainerFact['phase']>(['running', 'stopping']);

function observeKept(draft: Draft, deployment: Deployment, leaving: Leaving, fact: ContainerFact): void {
  const stopping = leaving.keep && leaving.stopRequestedAt !== null && leaving.keptAt === null;
  if (stopping && !STANDING.has(fact.phase))
    emit(draft, 'deployment', deployment.id, { type: 'deployment.kept', data: {} });
}

const COMING: ReadonlySet<Stage> = new Set<Stage>(['pending', 'pulling']);

function observe(draft: Draft, deployment: Deployment, fact: ContainerFact): void {
  if (isEndedStage(deployment.stage)) return;
  if (deployment.leaving !== null) return observeKept(draft, deployment, deployment.leaving, fact);
  if (COMING.has(deployment.stage)) observeComing(draft, deployment, fact);
  const now = current(draft, deployment.id) ?? deployment;
  if (COMING.has(now.stage) || isEndedStage(now.stage)) return;
  if (now.stage === 'starting') return observeStarting(draft, now, fact);
  observeRestarts(draft, now, fact);
  observeHealth(draft, current(draft, now.id) ?? now, fact);
}

function noteHeard(draft: Draft, serverId: ServerId): void {
  if (draft.cluster.servers.get(serverId)?.offlineAt == null) return;
  emit(draft, 'server', serverId, { type: 'server.came_online', data: {} });
}

/** Refuses a report about another server's replica; answers the ids that nobody knows. */
export function noteReport(draft: Draft, report: ServerReport): { unknown: DeploymentId[] } {
  const foreign = report.containers.find((fact) => {
    const holder = current(draft, fact.deploymentId)?.serverId;
    return holder !== undefined && holder !== report.serverId;
  });
  if (foreign !== undefined) {
    throw new Refused(
      'forbidden',
      'foreign_deployment',
      `deployment ${foreign.deploymentId} is another server's; nothing of this report was taken`,
    );
  }
  noteHeard(draft, report.serverId);
  const unknown: DeploymentId[] = [];
  for (const fact of report.containersObserved ? report.containers : []) {
    const deployment = current(draft, fact.deploymentId);
    if (deployment === undefined) unknown.push(fact.deploymentId);
    else observe(draft, deployment, fact);
  }
  noteEndpoints(draft, report);
  return { unknown };
}

function noteEndpoints(draft: Draft, report: ServerReport): void {
  const server = draft.cluster.servers.get(report.serverId);
  const endpoints = [...report.endpoints].toSorted();
  if (server === undefined || endpoints.length === 0 || server.endpoints.toSorted().join() === endpoints.join()) return;
  emit(draft, 'server', server.id, { type: 'server.endpoints_changed', data: { endpoints } });
}
