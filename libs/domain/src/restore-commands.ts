/** What follows a restore: the operator's word on containers that the log does not know, and what is due again. */
import { isMember } from './acks.ts';
import { containerSubnet } from './addressing.ts';
import { isActive, isEndedStage } from './deployment.ts';
import { leavingDeadlineSeconds, scheduleDeadline, stageDeadlineSeconds } from './deployment-orders.ts';
import { type Draft, type DueJob, emit } from './draft.ts';
import { type DeploymentId, type ServerId, type ServiceId, streamOf } from './ids.ts';
import { deploymentsOf } from './records.ts';
import { activeRollout } from './service-policy.ts';
import type { ClusterState, Deployment } from './state.ts';

/** They are stopped everywhere, as orphans always are. Said twice, it says nothing more. */
export function stopUnknown(draft: Draft): void {
  if (draft.cluster.keepsUnknown) emit(draft, 'cluster', 'main', { type: 'cluster.unknown_stopped', data: {} });
}

/** A container that the log does not know, as its labels describe it. */
export interface UnknownContainer {
  readonly serverId: ServerId;
  readonly deploymentId: DeploymentId;
  readonly serviceId: ServiceId;
  /** The service's revision that it was made from; null: none that the log knows. */
  readonly revision: number | null;
  readonly address: string;
}

export interface Adoption {
  readonly adopted: readonly UnknownContainer[];
  readonly left: readonly { readonly container: UnknownContainer; readonly reason: string }[];
}

const PENDING_SECONDS = 60;

function isOfServer(cluster: ClusterState, { serverId, address }: UnknownContainer): boolean {
  const server = cluster.servers.get(serverId);
  if (server?.registration == null || !isMember(server)) return false;
  const prefix = containerSubnet(server.registration.subnetId).replace(/0\/24$/, '');
  return address.startsWith(prefix);
}

/** Why the log cannot take it up under its service. */
function whyNotOfService(cluster: ClusterState, { serviceId, revision }: UnknownContainer): string | null {
  const service = cluster.services.get(serviceId);
  if (service === undefined) return 'the log does not know its service';
  if (service.deleting) return `service ${service.name} is being deleted`;
  if (revision === null) return `it was made from no revision of ${service.name} that the log knows`;
  return activeRollout(cluster, serviceId) === undefined ? null : `a rollout of ${service.name} is in progress`;
}

function whyLeft(cluster: ClusterState, container: UnknownContainer): string | null {
  const { deploymentId, address } = container;
  const unfit = whyNotOfService(cluster, container);
  if (unfit !== null) return unfit;
  if (!isOfServer(cluster, container)) return 'its address is not one of its server';
  if (cluster.endedVersions.has(streamOf('deployment', deploymentId))) return 'the log says that it has ended';
  const holder = [...cluster.deployments.values()].find((d) => d.address === address && !d.addressReleased);
  return holder === undefined ? null : `its address ${address} is given to deployment ${holder.id}`;
}

/**
 * The log takes up what runs: from its next report on, each is a replica like any other. The services are scaled to
 * what they then have, or the adopted would be stopped as too many.
 */
export function adopt(draft: Draft, found: readonly UnknownContainer[]): Adoption {
  const adopted: UnknownContainer[] = [];
  const left: { container: UnknownContainer; reason: string }[] = [];
  for (const container of found) {
    if (draft.cluster.deployments.has(container.deploymentId)) continue;
    const reason = whyLeft(draft.cluster, container);
    if (reason !== null) left.push({ container, reason });
    else {
      take(draft, container, container.revision ?? 0);
      adopted.push(container);
    }
  }
  for (const serviceId of new Set(adopted.map((container) => container.serviceId))) scaleToWhatRuns(draft, serviceId);
  return { adopted, left };
}

function take(draft: Draft, { deploymentId, serviceId, serverId, address }: UnknownContainer, revision: number): void {
  const where = { serviceId, serverId, revision, address };
  const why = { rolloutId: null, batch: null, because: 'adopted' as const, replaces: null };
  emit(draft, 'deployment', deploymentId, { type: 'deployment.created', data: { ...where, ...why } });
  draft.claims.push({ kind: 'address', key: address, stream: streamOf('deployment', deploymentId) });
  scheduleDeadline(draft, deploymentId, 'pending', PENDING_SECONDS);
}

function scaleToWhatRuns(draft: Draft, serviceId: ServiceId): void {
  const service = draft.cluster.services.get(serviceId);
  const replicas = deploymentsOf(draft.cluster, serviceId).filter(isActive).length;
  if (service === undefined || replicas <= service.replicas) return;
  emit(draft, 'service', serviceId, { type: 'service.scaled', data: { replicas } });
}

/** The deadlines of everything that is on its way: jobs are in no backup, what they are about is in the log. */
export function deadlinesInMotion(cluster: ClusterState): DueJob[] {
  return [...cluster.deployments.values()].flatMap((deployment) => [
    ...stageDeadline(cluster, deployment),
    ...leavingDeadline(cluster, deployment),
  ]);
}

function due(deployment: Deployment, version: number, about: string, seconds: number): DueJob {
  const stream = streamOf('deployment', deployment.id);
  return { queue: 'deadline', afterMs: seconds * 1000, data: { stream, version, about } };
}

function stageDeadline(cluster: ClusterState, deployment: Deployment): DueJob[] {
  const { stage, revision, stageVersion } = deployment;
  const service = cluster.services.get(deployment.serviceId);
  if (service === undefined || isEndedStage(stage) || !isActive(deployment)) return [];
  const seconds = stageDeadlineSeconds(service, revision, stage);
  return seconds === null ? [] : [due(deployment, stageVersion, stage, seconds)];
}

function leavingDeadline(cluster: ClusterState, deployment: Deployment): DueJob[] {
  const { leaving } = deployment;
  if (leaving === null || deployment.removed) return [];
  return [due(deployment, leaving.version, 'leaving', leavingDeadlineSeconds({ cluster }, deployment))];
}
