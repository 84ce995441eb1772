import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { MikroORM } from '@mikro-orm/postgresql';
import { deploymentsOf } from '@techulus/domain';
import type { EventStore, StoredEvent } from '@techulus/event-store';
import type { WaitingForResource } from '../deployments/deployment.dto.ts';
import { deploymentResource, waitingForOf } from '../deployments/deployment-resource.ts';
import { DeploymentRow } from '../deployments/deployment.row.ts';
import { eventResource } from '../events/event-resource.ts';
import { ID_PATTERN, ReadQuery } from '../input/read-query.ts';
import { absent, EdgeError } from '../problem/edge-error.ts';
import { type View, Views } from '../reading/view.ts';
import { RolloutReader } from '../rollouts/rollout-reader.ts';
import { EVENT_STORE } from '../tokens.ts';
import { deploymentSubject, rolloutSubject, type Subject, subjectIn } from './subject.ts';
import { type CauseResource, WHY_KINDS, type WhyKind, WhyResource } from './why.dto.ts';

const PER_STREAM = 500;
const CHAIN = 200;

type Asked = Subject & { readonly waitingFor: WaitingForResource[] };

function isKind(text: string): text is WhyKind {
  return WHY_KINDS.some((kind) => kind === text);
}

@ApiTags('why')
@Controller('api/v1/why')
export class WhyController {
  constructor(
    private readonly views: Views,
    private readonly orm: MikroORM,
    private readonly rollouts: RolloutReader,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get(':kind/:id')
  @ApiOkResponse({ type: WhyResource })
  async why(@Param('kind') kind: string, @Param('id') id: string, @Query() _query: ReadQuery): Promise<WhyResource> {
    if (!isKind(kind)) throw new EdgeError(404, 'kind_not_found', `there is no kind ${kind}: ${WHY_KINDS.join(', ')}`);
    const { state, streams, waitingFor } = await this.asked(kind, id);
    const [own = ''] = streams;
    const events = await this.eventsOf(streams);
    const { cluster } = await this.views.now();
    const chain = events.map((event): CauseResource => {
      const { position, at, type, stream, actor, text } = eventResource(event, cluster);
      return {
        position,
        at,
        type,
        stream,
        actor,
        text: stream === own ? text : `${stream.split('/')[0]?.replaceAll('_', ' ')}: ${text}`,
      };
    });
    const last = chain[0] === undefined ? '' : `; last: ${chain[0].text}`;
    return { summary: `${state}${last}`, chain, waitingFor };
  }

  private async asked(kind: WhyKind, id: string): Promise<Asked> {
    if (kind === 'rollout') {
      const rollout = await this.rollouts.get(id);
      return { ...rolloutSubject(rollout), waitingFor: rollout.waitingFor };
    }
    if (kind === 'deployment') return this.deployment(id);
    const view = await this.views.now();
    const subject = subjectIn(view.cluster, kind, id);
    if (subject === null) throw absent(kind, id);
    return { ...subject, waitingFor: kind === 'service' ? this.replicasWait(view, id) : [] };
  }

  private async deployment(id: string): Promise<Asked> {
    const row = ID_PATTERN.test(id) ? await this.orm.em.fork().findOne(DeploymentRow, id) : null;
    if (row === null) throw absent('deployment', id);
    const deployment = deploymentResource(await this.views.now(), row.state, row.lastLogLines);
    return { ...deploymentSubject(deployment), waitingFor: deployment.waitingFor };
  }

  private replicasWait(view: View, serviceId: string): WaitingForResource[] {
    return deploymentsOf(view.cluster, serviceId).flatMap((deployment) => waitingForOf(view, deployment));
  }

  private async eventsOf(streams: readonly string[]): Promise<StoredEvent[]> {
    const read = await Promise.all(
      streams.slice(0, 50).map((stream) => this.store.read({ after: 0, limit: PER_STREAM, stream })),
    );
    return read
      .flat()
      .toSorted((a, b) => b.position - a.position)
      .slice(0, CHAIN);
  }
}
