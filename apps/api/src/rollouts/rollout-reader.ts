import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { deploymentResource } from '../deployments/deployment-resource.ts';
import { DeploymentRow } from '../deployments/deployment.row.ts';
import { type Page, pageWindow } from '../input/list.ts';
import { ID_PATTERN } from '../input/read-query.ts';
import { absent } from '../problem/edge-error.ts';
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

  /** As the fold has it: what a command has just done needs no read model to be shown. */
  async live(id: string): Promise<RolloutResource> {
    const view = await this.views.now();
    const rollout = view.cluster.rollouts.get(id);
    if (rollout === undefined) return this.get(id);
    const made = [...view.cluster.deployments.values()].filter(({ rolloutId }) => rolloutId === id);
    const deployments = made.map((deployment) => deploymentResource(view, deployment));
    return rolloutResource(view, rollout, deployments);
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
