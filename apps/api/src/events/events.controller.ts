import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { EventStore } from '@techulus/event-store';
import type { Request, Response } from 'express';
import { POSITION_HEADER } from '../answers/answer.interceptor.ts';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { DEFAULT_LIMIT } from '../input/read-query.ts';
import { invalid } from '../problem/edge-error.ts';
import { EVENT_STORE } from '../tokens.ts';
import { EventList, EventQuery } from './event.dto.ts';
import { eventResource } from './event-resource.ts';
import { EventStreams } from './event-streams.ts';

@ApiTags('events')
@Controller('api/v1/events')
export class EventsController {
  constructor(
    private readonly live: LiveCluster,
    private readonly streams: EventStreams,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get()
  @ApiProduces('application/json', 'text/event-stream')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string' },
    description: 'Goes before `after`.',
  })
  @ApiOkResponse({
    type: EventList,
    description: 'As text/event-stream it follows the log; an event is one item, its id the position.',
  })
  async list(
    @Query() query: EventQuery,
    @Headers('last-event-id') lastSeen: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const after = lastSeen === undefined ? (query.after ?? 0) : positionOf(lastSeen);
    if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') {
      this.streams.follow(response, after, query.stream);
      return;
    }
    const list = await this.page(after, query);
    response.set({ [POSITION_HEADER]: String(this.live.state.position), 'Cache-Control': 'no-store' }).json(list);
  }

  private async page(after: number, { stream, limit = DEFAULT_LIMIT }: EventQuery): Promise<EventList> {
    const events = await this.store.read({ after, limit: limit + 1, ...(stream === undefined ? {} : { stream }) });
    const items = events.slice(0, limit).map((event) => eventResource(event, this.live.state));
    const last = items.at(-1)?.position;
    return { items, next: events.length > limit && last !== undefined ? String(last) : null };
  }
}

function positionOf(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw invalid('position_invalid', 'Last-Event-ID', 'must be the id of an event: its position');
  return Number(text);
}
