import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { cancelRollout, Refused, requireService, startRollout } from '@techulus/domain';
import { type Answer, shown, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { listOf, type Page } from '../input/list.ts';
import { ReadQuery } from '../input/read-query.ts';
import { IfMatch, Meta, requireMatch } from '../input/request.ts';
import { Images } from '../services/images.ts';
import { RolloutQuery, RolloutResource, StartRolloutBody, WrittenRollout } from './rollout.dto.ts';
import { RolloutReader } from './rollout-reader.ts';

@ApiTags('rollouts')
@Controller('api/v1')
export class RolloutsController {
  constructor(
    private readonly commands: Commands,
    private readonly live: LiveCluster,
    private readonly images: Images,
    private readonly rollouts: RolloutReader,
  ) {}

  @Post('services/:id/rollouts')
  @ApiCreatedResponse({ type: WrittenRollout })
  async start(
    @Param('id') serviceId: string,
    @Body() body: StartRolloutBody,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenRollout>> {
    await this.live.catchUpToHead();
    const service = requireService(this.live.state, serviceId);
    const revision = body.revision ?? service.latestRevision;
    const pinned = await this.images.pin(service.revisions.get(revision));
    const start = { serviceId, revision, pinned };
    const { result, position } = await this.commands.execute((draft) => startRollout(draft, start), meta);
    return written(await this.rollouts.live(result), position);
  }

  @Get('rollouts')
  @ApiOkResponse({ type: listOf(RolloutResource) })
  list(@Query() query: RolloutQuery): Promise<Page<RolloutResource>> {
    return this.rollouts.list(query);
  }

  @Get('rollouts/:id')
  @ApiOkResponse({ type: RolloutResource })
  async get(@Param('id') id: string, @Query() _query: ReadQuery): Promise<Answer<RolloutResource>> {
    return shown(await this.rollouts.get(id));
  }

  @Post('rollouts/:id/cancel')
  @HttpCode(202)
  @ApiChange()
  @ApiAcceptedResponse({ type: WrittenRollout })
  async cancel(
    @Param('id') id: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenRollout>> {
    await this.live.catchUpToHead();
    if (!this.live.state.rollouts.has(id)) await this.rollouts.get(id); // only history knows it, or nothing does
    const { position } = await this.commands.execute((draft) => {
      const rollout = draft.cluster.rollouts.get(id);
      if (rollout === undefined) throw new Refused('conflict', 'rollout_ended', `rollout ${id} has ended`);
      requireMatch(ifMatch, rollout.version);
      cancelRollout(draft, { id });
    }, meta);
    return written(await this.rollouts.live(id), position);
  }
}
