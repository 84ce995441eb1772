import { type ClusterState, describe } from '@techulus/domain';
import type { StoredEvent } from '@techulus/event-store';
import { recorded } from '../cluster/event-types.ts';
import { isoTime } from '../reading/time.ts';
import type { EventResource } from './event.dto.ts';

export function eventResource(stored: StoredEvent, cluster: ClusterState): EventResource {
  const event = recorded(stored);
  const { position, stream, version, type, data } = event;
  const { actor, because = null } = stored.meta;
  return {
    position,
    at: isoTime(event.at),
    stream,
    version,
    type,
    actor,
    because,
    data,
    text: describe(event, cluster),
  };
}
