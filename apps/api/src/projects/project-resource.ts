import { canProject, type Project } from '@techulus/domain';
import { isoTime } from '../reading/time.ts';
import type { View } from '../reading/view.ts';
import type { ProjectResource } from './project.dto.ts';

export function projectResource({ cluster }: View, project: Project): ProjectResource {
  const { id, version, name, createdAt } = project;
  const services = [...cluster.services.values()].filter((service) => service.projectId === id).length;
  return { id, version, name, createdAt: isoTime(createdAt), services, can: canProject(cluster, project) };
}
