import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { deploymentResource } from '../deployments/deployment-resource.ts';
import { DeploymentRow } from '../deployments/deployment.row.ts';
import { type Page, pageWindow } from '../input/list.ts';
import { ID_PATTERN } from '../input/read-query.ts';
import { absent } from '../problem/edge-error.ts';
import { Projector } from '../projections/projector.ts';
import { type View, Views } from '../reading/view.ts';
import type { RolloutQuery, RolloutResource } from './rollout.dto.ts';
import { rolloutResource } from './rollout-resource.ts';
import { RolloutRow } from './rollout.row.ts';

/** Rollouts with what they made; both outlive what the fold remembers. */
@Injectable()
export class RolloutReader {
  constructor(
    private readonly orm: MikroORM,
    private readonly views: Views,
    private readonly projector: Projector,
  ) {}

  async list(query: RolloutQuery): Promise<Page<RolloutResource>> {
    const { where, options, page } = pageWindow(query, 'newest first');
    const { service: serviceId, status } = query;
    const filters = [where, serviceId === undefined ? {} : { serviceId }, status === undefined ? {} : { status }];
    const rows = await this.orm.em.fork().find(RolloutRow, { $and: filters }, options);
    const made = await this.madeBy(rows.map(({ id }) => id));
    const view = await this.views.now();
    return page(rows, (row) => this.show(view, row, made));
  }

  async get(id: string): Promise<RolloutResource> {
    const row = ID_PATTERN.test(id) ? await this.orm.em.fork().findOne(RolloutRow, id) : null;
    if (row === null) throw absent('rollout', id);
    const made = await this.madeBy([id]);
    return this.show(await this.views.now(), row, made);
  }

  /** As it is after a command of this process. */
  async getAt(id: string, position: number): Promise<RolloutResource> {
    await this.projector.caughtUp(position);
    return this.get(id);
  }

  private madeBy(rolloutIds: string[]): Promise<DeploymentRow[]> {
    return this.orm.em.fork().find(DeploymentRow, { rolloutId: { $in: rolloutIds } }, { orderBy: { id: 'asc' } });
  }

  private show(view: View, { id, state }: RolloutRow, made: readonly DeploymentRow[]): RolloutResource {
    const own = made.filter(({ rolloutId }) => rolloutId === id);
    return rolloutResource(
      view,
      state,
      own.map((row) => deploymentResource(view, row.state, row.lastLogLines)),
    );
  }
}
