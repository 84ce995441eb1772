import { idOf, type Recorded, type ServiceEvent } from '@techulus/domain';
import { isOf, type Projection } from '../projections/projection.ts';
import { RevisionRow, ServiceRow } from './service.row.ts';

const revisionId = (serviceId: string, number: number): string => `${serviceId}/${number}`;

export const serviceProjection: Projection = {
  entities: [ServiceRow, RevisionRow],
  async project(em, event) {
    if (!isOf<Recorded<ServiceEvent>>(event, 'service.')) return;
    const serviceId = idOf(event.stream);
    switch (event.type) {
      case 'service.created': {
        const { projectId, name } = event.data;
        em.persist(em.create(ServiceRow, { id: serviceId, projectId, name, deleted: false }));
        return;
      }
      case 'service.revision_created': {
        const { revision: number, spec } = event.data;
        em.persist(
          em.create(RevisionRow, { id: revisionId(serviceId, number), serviceId, number, createdAt: event.at, spec }),
        );
        return;
      }
      case 'service.revision_pinned': {
        const row = await em.findOneOrFail(RevisionRow, revisionId(serviceId, event.data.revision));
        row.spec = { ...row.spec, digest: event.data.digest, digestError: null };
        return;
      }
      case 'service.deleted':
        (await em.findOneOrFail(ServiceRow, serviceId)).deleted = true;
        return;
      case 'service.scaled':
      case 'service.settings_changed':
      case 'service.deletion_requested':
    }
  },
};
