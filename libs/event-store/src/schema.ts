import { UnknownEventType } from './errors.ts';
import type { StoredEvent } from './event-store.ts';

/** Leads the data of one schema version to the next. Pure; it never sees the present shape unless it makes it. */
export type Upcaster = (data: unknown) => unknown;

export interface EventType {
  type: string;
  /** The present version. */
  schema: number;
  /** `upcasters[n]` leads from schema n to n + 1; there is one for every version that was ever released. */
  upcasters?: Readonly<Record<number, Upcaster>>;
}

export interface EventSchemas {
  /** The event in its type's present schema; UnknownEventType where this release does not know type or schema. */
  upcast(event: StoredEvent): StoredEvent;
  /** The present schema of a type. */
  current(type: string): number;
}

export function eventSchemas(types: readonly EventType[]): EventSchemas {
  const known = new Map(types.map((type) => [type.type, type]));
  if (known.size !== types.length) throw new Error('an event type is registered twice');
  for (const type of types) requireUpcasters(type);
  return {
    upcast(event) {
      const type = known.get(event.type);
      if (!type || event.schema > type.schema) throw new UnknownEventType(event.type, event.schema, event.position);
      return event.schema === type.schema ? event : upcastFrom(event, type);
    },
    current(name) {
      const type = known.get(name);
      if (!type) throw new UnknownEventType(name, 0, 0);
      return type.schema;
    },
  };
}

function upcastFrom(event: StoredEvent, type: EventType): StoredEvent {
  let data = event.data;
  for (let schema = event.schema; schema < type.schema; schema += 1) {
    const upcaster = type.upcasters?.[schema];
    if (!upcaster) throw new UnknownEventType(event.type, event.schema, event.position);
    data = upcaster(data);
  }
  return { ...event, schema: type.schema, data };
}

/** A gap would only show when an old event is met, so it is refused when the process starts. */
function requireUpcasters(type: EventType): void {
  for (let schema = 1; schema < type.schema; schema += 1) {
    if (!type.upcasters?.[schema]) throw new Error(`event type ${type.type}: no upcaster from schema ${schema}`);
  }
}
