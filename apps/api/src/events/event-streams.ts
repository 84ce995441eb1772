/** The log as server-sent events: from a position on, then as it grows, until the client goes or the process stops. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { EventStore, StoredEvent } from '@techulus/event-store';
import type { Timers } from '@techulus/ports';
import type { Response } from 'express';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { EVENT_STORE, TIMERS } from '../tokens.ts';
import { eventResource } from './event-resource.ts';

/** Proxies cut connections that say nothing for a minute. */
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1000;

@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Set<Response>();

  constructor(
    private readonly live: LiveCluster,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** Clients reconnect by themselves, with the last position they saw. */
  onModuleDestroy(): void {
    for (const response of this.open) response.end();
  }

  follow(response: Response, after: number, stream: string | undefined): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    this.open.add(response);
    const wanted = (event: StoredEvent): boolean => stream === undefined || event.stream === stream;
    const subscription = this.store.subscribe(after, (events) => this.send(response, events.filter(wanted)));
    const heartbeat = this.timers.every(HEARTBEAT_MS, () => response.write(`: at ${subscription.position}\n\n`));
    response.once('close', () => {
      this.open.delete(response);
      heartbeat.cancel();
      void subscription.close();
    });
  }

  /** A slow reader holds its own subscription back, and nothing else. */
  private async send(response: Response, events: readonly StoredEvent[]): Promise<void> {
    for (const event of events) {
      if (response.writableEnded || response.destroyed) return;
      const data = JSON.stringify(eventResource(event, this.live.state));
      if (!response.write(`id: ${event.position}\nevent: ${event.type}\ndata: ${data}\n\n`))
        await untilWritable(response);
    }
  }
}

function untilWritable(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.once('drain', go);
    response.once('close', go);
  });
}
