/**
 * Writes the read models from the log, page by page: a page's rows and the checkpoint are one transaction, under a lock
 * on the checkpoint, so that of several processes one writes and the others find it done.
 */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type EventStore,
  readAll,
  type StoredEvent,
  SubscriptionClosed,
  type Subscription,
  UnknownEventType,
} from '@techulus/event-store';
import { sleep, type Timers, withDeadline } from '@techulus/ports';
import { recorded } from '../cluster/event-types.ts';
import type { Log } from '../log.ts';
import type { Orm } from '../postgres/orm.ts';
import { ProjectionCheckpoint } from './checkpoint.entity.ts';
import type { ProjectedEvent, Projection } from './projection.ts';

/**
 * Raise the number when a projection, or the shape of a state that a row keeps, changes: a release that finds no checkpoint
 * of its own writes the read models anew.
 */
const NAME = 'read-models/1';
const PAGE = 500;
const RETRY_MS = 1_000;
const CATCH_UP_WITHIN_MS = 5_000;

function projected(stored: StoredEvent): ProjectedEvent {
  return { ...recorded(stored), meta: stored.meta };
}

export interface ProjectorParts {
  readonly orm: Orm;
  readonly store: EventStore;
  readonly projections: readonly Projection[];
  readonly timers: Timers;
  readonly log: Log;
}

export class Projector {
  private subscription: Subscription | undefined;

  private readonly closing = new AbortController();

  constructor(private readonly parts: ProjectorParts) {}

  async start(): Promise<void> {
    const { orm, store, projections } = this.parts;
    if (projections.length === 0) return;
    let known = await orm.em.fork().findOne(ProjectionCheckpoint, { name: NAME });
    if (known === null) {
      await this.rebuild();
      known = await orm.em.fork().findOneOrFail(ProjectionCheckpoint, { name: NAME });
    }
    this.subscription = store.subscribe(known.position, (events) => this.writeInTheEnd(events));
  }

  /** Resolves when what the read models say includes everything up to the position. */
  async caughtUp(position: number): Promise<void> {
    const { subscription } = this;
    if (subscription === undefined) return;
    await withDeadline(this.parts.timers, CATCH_UP_WITHIN_MS, 'writing the read models', () =>
      subscription.caughtUp(position),
    );
  }

  get failure(): Error | undefined {
    return this.subscription?.failure;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.subscription?.close();
  }

  /** Empties the read models and writes them anew from the whole log; answers how many events that took. */
  async rebuild(): Promise<number> {
    let count = 0;
    const { orm, projections, store } = this.parts;
    await orm.em.fork().transactional(async (em) => {
      const checkpoint = await this.lock(em);
      await em.nativeDelete(ProjectionCheckpoint, { name: { $ne: NAME } });
      for (const { entities } of projections) for (const entity of entities) await em.nativeDelete(entity, {});
      for await (const event of readAll(store, { pageSize: PAGE })) {
        await this.project(em, event);
        checkpoint.position = event.position;
        count += 1;
        if (count % PAGE === 0) await em.flush();
      }
    });
    return count;
  }

  /** A database that is away ends nothing; an event that this release does not know does. */
  private async writeInTheEnd(events: readonly StoredEvent[]): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        return await this.write(events);
      } catch (error) {
        this.parts.log.error({ err: error, position: events[0]?.position }, 'the read models could not be written');
        if (error instanceof UnknownEventType) throw error;
      }
      await sleep(this.parts.timers, RETRY_MS, this.closing.signal);
    }
    throw new SubscriptionClosed();
  }

  private async write(events: readonly StoredEvent[]): Promise<void> {
    await this.parts.orm.em.fork().transactional(async (em) => {
      const checkpoint = await this.lock(em);
      for (const event of events) {
        if (event.position <= checkpoint.position) continue; // another process was faster
        await this.project(em, event);
        checkpoint.position = event.position;
      }
    });
  }

  private async project(em: EntityManager, event: StoredEvent): Promise<void> {
    const known = projected(event);
    for (const projection of this.parts.projections) await projection.project(em, known);
  }

  private async lock(em: EntityManager): Promise<ProjectionCheckpoint> {
    await em.upsert(ProjectionCheckpoint, { name: NAME, position: 0 }, { onConflictAction: 'ignore' });
    return em.findOneOrFail(
      ProjectionCheckpoint,
      { name: NAME },
      { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    );
  }
}
