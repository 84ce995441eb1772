import { idOf } from '@techulus/domain';
import type { Projection } from '../projections/projection.ts';
import { ServerRow } from './server.row.ts';

export const serverProjection: Projection = {
  entities: [ServerRow],
  async project(em, event) {
    const id = idOf(event.stream);
    if (event.type === 'server.created') {
      const { name, role } = event.data;
      em.persist(em.create(ServerRow, { id, name, role, removed: false }));
    } else if (event.type === 'server.changed') (await em.findOneOrFail(ServerRow, id)).name = event.data.name;
    else if (event.type === 'server.removed') (await em.findOneOrFail(ServerRow, id)).removed = true;
  },
};
