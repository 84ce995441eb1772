import type { EntityManager } from '@mikro-orm/postgresql';
import type { EntityClass } from '@mikro-orm/core';
import type { Recorded } from '@techulus/domain';
import type { EventMeta } from '@techulus/event-store';

export type ProjectedEvent = Recorded & { readonly meta: EventMeta };

/** A read model's writer: called for every event in the order of positions, in the projector's transaction. */
export interface Projection {
  /** The tables that are emptied before a rebuild. */
  readonly entities: readonly EntityClass<object>[];
  project(em: EntityManager, event: Recorded): Promise<void>;
}

export function isOf<E extends Recorded>(event: Recorded, prefix: string): event is Recorded & E {
  return event.type.startsWith(prefix);
}
