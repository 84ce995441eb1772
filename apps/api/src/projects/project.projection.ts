import type { ProjectEvent, Recorded } from '@techulus/domain';
import { idOf } from '@techulus/domain';
import { isOf, type Projection } from '../projections/projection.ts';
import { ProjectRow } from './project.row.ts';

export const projectProjection: Projection = {
  entities: [ProjectRow],
  async project(em, event) {
    if (!isOf<Recorded<ProjectEvent>>(event, 'project.')) return;
    const id = idOf(event.stream);
    switch (event.type) {
      case 'project.created':
        em.persist(em.create(ProjectRow, { id, name: event.data.name, deleted: false }));
        return;
      case 'project.renamed':
        (await em.findOneOrFail(ProjectRow, id)).name = event.data.name;
        return;
      case 'project.deleted':
        (await em.findOneOrFail(ProjectRow, id)).deleted = true;
    }
  },
};
