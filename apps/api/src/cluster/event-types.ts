import { EVENT_SCHEMAS, type Recorded } from '@techulus/domain';
import { eventSchemas, type StoredEvent } from '@techulus/event-store';

/** What this release knows; older schemas get their upcasters here. */
export const schemas = eventSchemas(Object.entries(EVENT_SCHEMAS).map(([type, schema]) => ({ type, schema })));

/** The stored event as the domain knows it; UnknownEventType where a newer release wrote it. */
export function recorded(stored: StoredEvent): Recorded {
  const { stream, version, position, at, type, data } = schemas.upcast(stored);
  return { stream, version, position, at, type, data } as Recorded;
}
