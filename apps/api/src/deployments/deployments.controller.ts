import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FilterQuery } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { isOnline, STAGES } from '@techulus/domain';
import { type Answer, shown } from '../answers/answer.ts';
import { listOf, type Page, pageWindow } from '../input/list.ts';
import { ID_PATTERN, ReadQuery } from '../input/read-query.ts';
import { absent } from '../problem/edge-error.ts';
import { type View, Views } from '../reading/view.ts';
import { DeploymentQuery, DeploymentResource } from './deployment.dto.ts';
import { deploymentResource } from './deployment-resource.ts';
import { DeploymentRow } from './deployment.row.ts';

/** A stage as it is shown: on a silent server every living one is `unknown`. */
function ofStage(view: View, stage: DeploymentQuery['stage']): FilterQuery<DeploymentRow> {
  if (stage === undefined) return {};
  const online = [...view.cluster.servers.keys()].filter((id) => isOnline(view, view.cluster, id));
  if (stage === 'unknown') return { stage: { $in: [...STAGES] }, serverId: { $nin: online } };
  return STAGES.some((living) => living === stage) ? { stage, serverId: { $in: online } } : { stage };
}

@ApiTags('deployments')
@Controller('api/v1/deployments')
export class DeploymentsController {
  constructor(
    private readonly views: Views,
    private readonly orm: MikroORM,
  ) {}

  @Get()
  @ApiOkResponse({ type: listOf(DeploymentResource) })
  async list(@Query() query: DeploymentQuery): Promise<Page<DeploymentResource>> {
    const { where, options, page } = pageWindow(query, 'newest first');
    const { service: serviceId, server: serverId, stage } = query;
    const filters = [where, serviceId === undefined ? {} : { serviceId }, serverId === undefined ? {} : { serverId }];
    const before = await this.views.now();
    const rows = await this.orm.em.fork().find(DeploymentRow, { $and: [...filters, ofStage(before, stage)] }, options);
    const view = await this.views.now();
    return page(rows, ({ state, lastLogLines }) => deploymentResource(view, state, lastLogLines));
  }

  @Get(':id')
  @ApiOkResponse({ type: DeploymentResource })
  async get(@Param('id') id: string, @Query() _query: ReadQuery): Promise<Answer<DeploymentResource>> {
    const row = ID_PATTERN.test(id) ? await this.orm.em.fork().findOne(DeploymentRow, id) : null;
    if (row === null) throw absent('deployment', id);
    return shown(deploymentResource(await this.views.now(), row.state, row.lastLogLines));
  }
}
