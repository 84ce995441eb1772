import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type ClusterState, emptyCluster, evolve } from '@techulus/domain';
import type { EventStore } from '@techulus/event-store';
import { recorded } from '../cluster/event-types.ts';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { invalid } from '../problem/edge-error.ts';
import { EVENT_STORE } from '../tokens.ts';
import { ClusterQuery, ClusterResource } from './cluster.dto.ts';
import { clusterResource } from './cluster-resource.ts';

const PAGE = 500;

@ApiTags('cluster')
@Controller('api/v1/cluster')
export class ClusterController {
  constructor(
    private readonly live: LiveCluster,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get()
  @ApiOkResponse({
    type: ClusterResource,
    description: 'The same shapes as elsewhere, as the log had them at a position.',
  })
  async show(@Query() { at }: ClusterQuery): Promise<ClusterResource> {
    const { state, epoch } = this.live;
    if (at === undefined || at === state.position) return clusterResource(state, epoch);
    if (at > state.position)
      throw invalid('position_in_future', 'at', `must not be behind the log's head, ${state.position}`);
    return clusterResource(await this.foldTo(at), epoch);
  }

  private async foldTo(position: number): Promise<ClusterState> {
    const cluster = emptyCluster();
    while (cluster.position < position) {
      const limit = Math.min(PAGE, position - cluster.position);
      const events = await this.store.read({ after: cluster.position, limit });
      if (events.length === 0) break;
      for (const event of events) evolve(cluster, recorded(event));
    }
    return cluster;
  }
}
