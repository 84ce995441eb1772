import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { adopt, Refused, stopUnknown } from '@techulus/domain';
import type { EventStore } from '@techulus/event-store';
import { type Answer, written } from '../answers/answer.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { Meta } from '../input/request.ts';
import { readPresence } from '../presence/presence.ts';
import { Written } from '../reading/permit.dto.ts';
import { EVENT_STORE } from '../tokens.ts';
import { AdoptionResource } from './cluster-orders.dto.ts';
import { unknownContainers } from './unknown-containers.ts';

/** The operator's word, after a restore, on containers that the log does not know. */
@ApiTags('cluster')
@Controller('api/v1/cluster')
export class ClusterOrdersController {
  constructor(
    private readonly commands: Commands,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Post('adopt')
  @HttpCode(200)
  @ApiOkResponse({
    type: AdoptionResource,
    description:
      'What was made from a revision that the log knows becomes a replica; its service is scaled to what runs.',
  })
  async adopt(@Meta() meta: CommandMeta): Promise<Answer<AdoptionResource>> {
    const reports = await readPresence(this.store.rows);
    const { result, position } = await this.commands.execute((draft) => {
      if (!draft.cluster.keepsUnknown)
        throw new Refused(
          'conflict',
          'nothing_kept',
          'containers that the log does not know are kept after a restore only',
        );
      const { described, strange } = unknownContainers(draft.cluster, reports);
      const { adopted, left } = adopt(draft, described);
      const reasons = left.map(({ container: { deploymentId, serverId }, reason }) => ({
        deploymentId,
        serverId,
        reason,
      }));
      const unlabelled = strange.map((container) => ({ ...container, reason: 'its labels do not say what it is' }));
      return { adopted: [...adopted], left: [...reasons, ...unlabelled] };
    }, meta);
    return written(result, position);
  }

  @Post('stop-unknown')
  @HttpCode(200)
  @ApiOkResponse({
    type: Written,
    description: 'Containers that the log does not know are stopped, now and from now on.',
  })
  async stopUnknown(@Meta() meta: CommandMeta): Promise<Answer<Written>> {
    const { position } = await this.commands.execute(stopUnknown, meta);
    return written({}, position);
  }
}
