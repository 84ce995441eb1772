/** Every event of the log. A new one gets an evolve case, a fixture, a text in why.ts, and its sections in cluster.ts. */
import type { ClusterEvent } from './cluster-events.ts';
import type { DeploymentEvent } from './deployment-events.ts';
import type { EventOf } from './event-of.ts';
import type { RolloutEvent } from './rollout-events.ts';
import type { ServerEvent, RegistrationTokenEvent } from './server-events.ts';
import type { ServiceEvent } from './service-events.ts';

export type ProjectEvent =
  | EventOf<'project.created', { name: string }>
  | EventOf<'project.renamed', { name: string }>
  | EventOf<'project.deleted', Record<string, never>>;

export type SecretEvent =
  | EventOf<'secret.created', { name: string }>
  | EventOf<'secret.version_written', { version: number }>
  | EventOf<'secret.deleted', Record<string, never>>;

/** Credentials of an image registry; the stream's id is its host. The values are kept beside the log. */
export type RegistryEvent =
  | EventOf<'registry.credentials_written', { version: number; plainHttp: boolean; username: string | null }>
  | EventOf<'registry.credentials_deleted', Record<string, never>>;

export type DomainEvent =
  | ClusterEvent
  | ProjectEvent
  | ServerEvent
  | RegistrationTokenEvent
  | ServiceEvent
  | RolloutEvent
  | DeploymentEvent
  | SecretEvent
  | RegistryEvent;

export type EventType = DomainEvent['type'];

/** An event with its place in the log. `at` is milliseconds since the epoch, by the database's clock. */
export type Recorded<E extends DomainEvent = DomainEvent> = E & {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly at: number;
};

/** The current version of each event type's data. Raising one needs an upcaster and a fixture. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, number>> = {
  'cluster.created': 1,
  'cluster.restored': 1,
  'cluster.unknown_stopped': 1,
  'project.created': 1,
  'project.renamed': 1,
  'project.deleted': 1,
  'server.created': 1,
  'server.registered': 1,
  'server.changed': 1,
  'server.endpoints_changed': 1,
  'server.admitted': 1,
  'server.went_offline': 1,
  'server.came_online': 1,
  'server.cordoned': 1,
  'server.uncordoned': 1,
  'server.drain_requested': 1,
  'server.removal_requested': 1,
  'server.removed': 1,
  'registration_token.issued': 1,
  'registration_token.used': 1,
  'registration_token.revoked': 1,
  'service.created': 1,
  'service.revision_created': 1,
  'service.revision_pinned': 1,
  'service.scaled': 1,
  'service.settings_changed': 1,
  'service.deletion_requested': 1,
  'service.deleted': 1,
  'rollout.requested': 1,
  'rollout.started': 1,
  'rollout.batch_started': 1,
  'rollout.turned_back': 1,
  'rollout.succeeded': 1,
  'rollout.rolled_back': 1,
  'rollout.failed': 1,
  'rollout.cancelled': 1,
  'rollout.superseded': 1,
  'deployment.created': 1,
  'deployment.image_ready': 1,
  'deployment.start_allowed': 1,
  'deployment.stage_entered': 1,
  'deployment.failed': 1,
  'deployment.rolled_back': 1,
  'deployment.leaving': 1,
  'deployment.stayed': 1,
  'deployment.draining': 1,
  'deployment.stop_requested': 1,
  'deployment.kept': 1,
  'deployment.discarded': 1,
  'deployment.removed': 1,
  'deployment.address_released': 1,
  'deployment.health_changed': 1,
  'deployment.restarted': 1,
  'deployment.crash_loop_entered': 1,
  'deployment.crash_loop_left': 1,
  'secret.created': 1,
  'secret.version_written': 1,
  'secret.deleted': 1,
  'registry.credentials_written': 1,
  'registry.credentials_deleted': 1,
};

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_SCHEMAS, type);
}
