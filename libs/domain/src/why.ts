/** Each event as a sentence for an operator. */
import type { DeploymentEvent } from './deployment-events.ts';
import type { DomainEvent } from './events.ts';
import type { RolloutEvent } from './rollout-events.ts';
import type { RegistrationTokenEvent, ServerEvent } from './server-events.ts';
import type { ServiceEvent } from './service-events.ts';
import type { ClusterState } from './state.ts';

type Names = Pick<ClusterState, 'servers' | 'services'>;

function serverName(names: Names, id: string): string {
  return names.servers.get(id)?.name ?? `server ${id}`;
}

function serviceName(names: Names, id: string): string {
  return names.services.get(id)?.name ?? `service ${id}`;
}

function labels(map: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(map).map(([label, value]) => `${label}=${value}`);
  return pairs.length === 0 ? 'with nothing' : pairs.toSorted().join(', ');
}

const LEAVING_TEXT = {
  replaced: 'a newer replica took its place',
  scale: 'the service was scaled down',
  drain: 'its server is drained',
  deleted: 'the service is deleted',
  rolled_back: 'its rollout went back',
  failed: 'it failed',
  lost: 'its server went silent and a replacement serves',
} as const;

function aDeployment(event: DeploymentEvent, names: Names): string {
  switch (event.type) {
    case 'deployment.created': {
      const { serviceId, serverId, revision, address, because } = event.data;
      return `a replica of ${serviceName(names, serviceId)}, revision ${revision}, was placed on ${serverName(names, serverId)} with ${address}, because of a ${because}`;
    }
    case 'deployment.stage_entered': {
      const servers = event.data.waitsFor.map((id) => serverName(names, id)).join(', ');
      return `entered ${event.data.stage}${servers === '' ? '' : `, waiting for ${servers}`}`;
    }
    case 'deployment.image_ready':
      return 'its server has the image; the replica it replaces goes first';
    case 'deployment.start_allowed':
      return 'may start: the replica it replaces has stopped';
    case 'deployment.kept':
      return 'has stopped; its container is kept until its replacement serves';
    case 'deployment.discarded':
      return 'is no longer needed: its replacement serves';
    case 'deployment.failed':
      return `failed (${event.data.failure.cause}): ${event.data.failure.message}`;
    case 'deployment.rolled_back':
      return 'was undone: its rollout went back';
    case 'deployment.leaving':
      return `left names and routes: ${LEAVING_TEXT[event.data.reason]}`;
    case 'deployment.stayed':
      return 'was put back into names and routes';
    case 'deployment.draining':
      return 'no server names it any more; its open connections drain';
    case 'deployment.stop_requested':
      return `was told to stop, with ${event.data.connections ?? 'unknown'} open connections`;
    case 'deployment.removed':
      return event.data.observed
        ? 'its container was seen to be gone'
        : 'its server was removed, so its container counts as gone';
    case 'deployment.address_released':
      return 'its address is free again: every server acknowledged names without it';
    case 'deployment.health_changed':
    case 'deployment.restarted':
    case 'deployment.crash_loop_entered':
    case 'deployment.crash_loop_left':
      return health(event);
  }
}

function health(
  event: Extract<
    DeploymentEvent,
    {
      type:
        | 'deployment.health_changed'
        | 'deployment.restarted'
        | 'deployment.crash_loop_entered'
        | 'deployment.crash_loop_left';
    }
  >,
): string {
  switch (event.type) {
    case 'deployment.health_changed':
      return `became ${event.data.health}${event.data.message === null ? '' : `: ${event.data.message}`}`;
    case 'deployment.restarted':
      return `ended by itself (exit code ${event.data.exitCode ?? 'unknown'}) and was started again, ${event.data.restarts} times by now`;
    case 'deployment.crash_loop_entered':
      return `keeps ending (exit code ${event.data.exitCode ?? 'unknown'}, ${event.data.restarts} restarts); it is started again at growing intervals`;
    case 'deployment.crash_loop_left':
      return 'stays up again';
  }
}

function aRollout(event: RolloutEvent, names: Names): string {
  switch (event.type) {
    case 'rollout.requested':
      return `a rollout of ${serviceName(names, event.data.serviceId)} to revision ${event.data.revision} was requested`;
    case 'rollout.started':
      return event.data.fromRevision === null
        ? 'started, with no predecessor'
        : `started, from revision ${event.data.fromRevision}`;
    case 'rollout.batch_started':
      return `batch ${event.data.batch}: ${event.data.creates.length} new, ${event.data.replaces.length} to be replaced`;
    case 'rollout.turned_back':
      return `turned back (${event.data.reason.code}): ${event.data.reason.message}`;
    case 'rollout.succeeded':
      return 'succeeded';
    case 'rollout.rolled_back':
      return `ended rolled back (${event.data.reason.code}): ${event.data.reason.message}`;
    case 'rollout.failed':
      return `failed (${event.data.reason.code}): ${event.data.reason.message}`;
    case 'rollout.cancelled':
      return `cancelled: ${event.data.reason.message}`;
    case 'rollout.superseded':
      return `superseded by rollout ${event.data.by}`;
  }
}

function aServer(event: ServerEvent | RegistrationTokenEvent, names: Names): string {
  switch (event.type) {
    case 'server.created':
      return `server ${event.data.name} was created as a ${event.data.role}`;
    case 'server.registered':
      return `registered with subnet ${event.data.subnetId} from ${event.data.host.hostname}`;
    case 'server.changed':
      return `is now named ${event.data.name}, labelled ${labels(event.data.labels)}`;
    case 'server.endpoints_changed':
      return `can be reached at ${event.data.endpoints.join(', ')}`;
    case 'server.admitted':
      return `takes placements: ${Object.keys(event.data.acks)
        .map((id) => serverName(names, id))
        .join(', ')} acknowledged it`;
    case 'server.went_offline':
      return `went offline: nothing was heard from it for ${Math.round(event.data.silentMs / 1000)} s`;
    case 'server.came_online':
      return 'is heard again';
    case 'server.cordoned':
      return 'was cordoned: no new placements';
    case 'server.uncordoned':
      return 'takes placements again';
    case 'server.drain_requested':
      return 'is to be drained';
    case 'server.removal_requested':
      return event.data.force ? 'is to be removed by force' : 'is to be removed once it is drained';
    case 'server.removed':
      return 'was removed';
    case 'registration_token.issued':
      return `a registration token was made for ${serverName(names, event.data.serverId)}`;
    case 'registration_token.used':
      return 'the registration token was used';
    case 'registration_token.revoked':
      return 'the registration token was revoked';
  }
}

function aService(event: ServiceEvent, names: Names): string {
  switch (event.type) {
    case 'service.created':
      return `service ${event.data.name} was created with ${event.data.replicas} replicas`;
    case 'service.revision_created':
      return `revision ${event.data.revision}: ${event.data.spec.image}`;
    case 'service.revision_pinned':
      return `revision ${event.data.revision} was pinned to ${event.data.digest}`;
    case 'service.scaled':
      return `was scaled to ${event.data.replicas} replicas`;
    case 'service.settings_changed':
      return `settings: ${event.data.strategy.order}, drain ${event.data.drainSeconds} s, servers ${event.data.placement.servers.map((id) => serverName(names, id)).join(', ') || 'any'}`;
    case 'service.deletion_requested':
      return 'is to be deleted';
    case 'service.deleted':
      return 'was deleted: its replicas are gone';
  }
}

function isOf<E extends DomainEvent>(event: DomainEvent, prefix: string): event is DomainEvent & E {
  return event.type.startsWith(prefix);
}

export function describe(event: DomainEvent, names: Names): string {
  if (isOf<DeploymentEvent>(event, 'deployment.')) return aDeployment(event, names);
  if (isOf<RolloutEvent>(event, 'rollout.')) return aRollout(event, names);
  if (isOf<ServiceEvent>(event, 'service.')) return aService(event, names);
  if (isOf<ServerEvent | RegistrationTokenEvent>(event, 'server.') || event.type.startsWith('registration_token.')) {
    return aServer(event as ServerEvent | RegistrationTokenEvent, names);
  }
  return aName(
    event as Exclude<DomainEvent, DeploymentEvent | RolloutEvent | ServiceEvent | ServerEvent | RegistrationTokenEvent>,
  );
}

function aName(
  event: Exclude<DomainEvent, DeploymentEvent | RolloutEvent | ServiceEvent | ServerEvent | RegistrationTokenEvent>,
): string {
  switch (event.type) {
    case 'cluster.created':
      return 'the cluster was created';
    case 'cluster.restored':
      return `was restored from a backup, as epoch ${event.data.epoch}: containers that it does not know stay`;
    case 'cluster.unknown_stopped':
      return 'containers that the log does not know were ordered to stop';
    case 'project.created':
      return `project ${event.data.name} was created`;
    case 'project.renamed':
      return `was renamed to ${event.data.name}`;
    case 'project.deleted':
      return 'was deleted';
    case 'secret.created':
      return `secret ${event.data.name} was created`;
    case 'secret.version_written':
      return `version ${event.data.version} was written`;
    case 'secret.deleted':
      return 'was deleted';
    case 'registry.credentials_written':
      return `credentials were written, version ${event.data.version}`;
    case 'registry.credentials_deleted':
      return 'credentials were deleted';
  }
}
