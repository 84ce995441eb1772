import { type Draft, emit } from './draft.ts';
import type { ProjectId } from './ids.ts';
import { notFound, Refused } from './refused.ts';
import type { ClusterState, Project } from './state.ts';

export function requireProject(cluster: ClusterState, id: ProjectId): Project {
  const project = cluster.projects.get(id);
  if (project === undefined) throw notFound('project', id);
  return project;
}

function refuseTakenName(cluster: ClusterState, name: string): void {
  for (const project of cluster.projects.values()) {
    if (project.name === name)
      throw new Refused('conflict', 'name_taken', `there is a project named ${name} already`, 'name');
  }
}

export function createProject(draft: Draft, command: { name: string }): ProjectId {
  refuseTakenName(draft.cluster, command.name);
  const id = draft.newId();
  emit(draft, 'project', id, { type: 'project.created', data: { name: command.name } });
  draft.claims.push({ kind: 'project_name', key: command.name, stream: `project/${id}` });
  return id;
}

export function renameProject(draft: Draft, command: { id: ProjectId; name: string }): void {
  const project = requireProject(draft.cluster, command.id);
  if (project.name === command.name) return;
  refuseTakenName(draft.cluster, command.name);
  emit(draft, 'project', project.id, { type: 'project.renamed', data: { name: command.name } });
  draft.releases.push({ kind: 'project_name', key: project.name });
  draft.claims.push({ kind: 'project_name', key: command.name, stream: `project/${project.id}` });
}

/** Why a project cannot be deleted now, or null. */
export function whyProjectStays(cluster: ClusterState, id: ProjectId): string | null {
  const services = [...cluster.services.values()]
    .filter((service) => service.projectId === id)
    .map((service) => service.name);
  return services.length === 0 ? null : `it still has services: ${services.toSorted().join(', ')}`;
}

export function deleteProject(draft: Draft, command: { id: ProjectId }): void {
  const project = requireProject(draft.cluster, command.id);
  const why = whyProjectStays(draft.cluster, project.id);
  if (why !== null)
    throw new Refused(
      'conflict',
      'project_not_empty',
      `project ${project.name} cannot be deleted: ${why}; delete those first`,
    );
  emit(draft, 'project', project.id, { type: 'project.deleted', data: {} });
  draft.releases.push({ kind: 'project_name', key: project.name });
}
