import { evolveRollout, idOf, type Recorded, type RolloutEvent } from '@techulus/domain';
import { isOf, type Projection } from '../projections/projection.ts';
import { RolloutRow } from './rollout.row.ts';

export const rolloutProjection: Projection = {
  entities: [RolloutRow],
  async project(em, event) {
    if (!isOf<Recorded<RolloutEvent>>(event, 'rollout.')) return;
    const id = idOf(event.stream);
    const row = event.type === 'rollout.requested' ? null : await em.findOneOrFail(RolloutRow, id);
    const state = evolveRollout(row?.state, event);
    if (state === null) return;
    const { serviceId, status } = state;
    if (row === null) em.persist(em.create(RolloutRow, { id, serviceId, status, state }));
    else em.assign(row, { status, state }, { mergeObjectProperties: false });
  },
};
