import { type DeploymentEvent, evolveDeployment, idOf, type Recorded } from '@techulus/domain';
import { isOf, type Projection } from '../projections/projection.ts';
import { DeploymentRow } from './deployment.row.ts';

function linesOf(event: DeploymentEvent): string[] | undefined {
  if (event.type === 'deployment.crash_loop_entered') return event.data.lastLogLines;
  if (event.type === 'deployment.failed' || event.type === 'deployment.leaving')
    return event.data.failure?.lastLogLines;
  return undefined;
}

export const deploymentProjection: Projection = {
  entities: [DeploymentRow],
  async project(em, event) {
    if (!isOf<Recorded<DeploymentEvent>>(event, 'deployment.')) return;
    const id = idOf(event.stream);
    const row = event.type === 'deployment.created' ? null : await em.findOneOrFail(DeploymentRow, id);
    const state = evolveDeployment(row?.state, event);
    if (state === null) return;
    const { serviceId, serverId, rolloutId, stage } = state;
    const lastLogLines = linesOf(event) ?? row?.lastLogLines ?? [];
    if (row === null)
      em.persist(em.create(DeploymentRow, { id, serviceId, serverId, rolloutId, stage, lastLogLines, state }));
    else em.assign(row, { stage, lastLogLines, state }, { mergeObjectProperties: false });
  },
};
