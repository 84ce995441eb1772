import { type Draft, emit } from './draft.ts';
import type { ProjectId, ServiceId } from './ids.ts';
import { place } from './placement.ts';
import { requireProject } from './project-commands.ts';
import { deploymentsOf } from './records.ts';
import { isActive } from './deployment.ts';
import { notFound, Refused } from './refused.ts';
import type { Placement, RevisionSpec, Strategy } from './service-events.ts';
import type { ClusterState, Service } from './state.ts';

export function requireService(cluster: ClusterState, id: ServiceId): Service {
  const service = cluster.services.get(id);
  if (service === undefined) throw notFound('service', id);
  return service;
}

function requireStaying(cluster: ClusterState, id: ServiceId): Service {
  const service = requireService(cluster, id);
  if (service.deleting) throw new Refused('conflict', 'service_deleting', `service ${service.name} is being deleted`);
  return service;
}

export interface CreateService {
  readonly projectId: ProjectId;
  readonly name: string;
  readonly replicas: number;
  readonly placement: Placement;
  readonly strategy: Strategy;
  readonly drainSeconds: number;
  readonly spec: RevisionSpec;
}

/** Makes revision 1 and starts nothing. */
export function createService(draft: Draft, command: CreateService): ServiceId {
  requireProject(draft.cluster, command.projectId);
  for (const service of draft.cluster.services.values()) {
    if (service.name !== command.name) continue;
    throw new Refused(
      'conflict',
      'name_taken',
      `there is a service named ${command.name} already; names are unique in the cluster`,
      'name',
    );
  }
  const id = draft.newId();
  const { spec, ...data } = command;
  emit(draft, 'service', id, { type: 'service.created', data });
  emit(draft, 'service', id, { type: 'service.revision_created', data: { revision: 1, spec } });
  draft.claims.push({ kind: 'service_name', key: command.name, stream: `service/${id}` });
  return id;
}

export interface ChangeService {
  readonly id: ServiceId;
  readonly spec?: RevisionSpec;
  readonly replicas?: number;
  readonly placement?: Placement;
  readonly strategy?: Strategy;
  readonly drainSeconds?: number;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A change of what is inside makes a revision and moves nothing; a change of replicas takes effect at once. */
export function changeService(draft: Draft, command: ChangeService): void {
  const service = requireStaying(draft.cluster, command.id);
  changeSettings(draft, service, command);
  const { spec, replicas } = command;
  if (spec !== undefined && !same(spec, service.revisions.get(service.latestRevision))) {
    const revision = service.latestRevision + 1;
    emit(draft, 'service', service.id, { type: 'service.revision_created', data: { revision, spec } });
  }
  if (replicas === undefined || replicas === service.replicas) return;
  refuseWithoutRoom(draft, requireService(draft.cluster, service.id), replicas);
  emit(draft, 'service', service.id, { type: 'service.scaled', data: { replicas } });
}

function changeSettings(draft: Draft, service: Service, command: ChangeService): void {
  const settings = {
    placement: command.placement ?? service.placement,
    strategy: command.strategy ?? service.strategy,
    drainSeconds: command.drainSeconds ?? service.drainSeconds,
  };
  const before = { placement: service.placement, strategy: service.strategy, drainSeconds: service.drainSeconds };
  if (!same(settings, before)) emit(draft, 'service', service.id, { type: 'service.settings_changed', data: settings });
}

function refuseWithoutRoom(draft: Draft, service: Service, replicas: number): void {
  if (service.runningRevision === null) return;
  const active = deploymentsOf(draft.cluster, service.id).filter(isActive).length;
  if (replicas > active) place(draft, service, service.runningRevision, replicas - active);
}

export function deleteService(draft: Draft, command: { id: ServiceId }): void {
  const service = requireService(draft.cluster, command.id);
  if (!service.deleting) emit(draft, 'service', service.id, { type: 'service.deletion_requested', data: {} });
}
