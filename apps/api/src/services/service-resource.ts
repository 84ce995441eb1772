import {
  activeRollout,
  canService,
  isOnline,
  type RevisionSpec,
  type Service,
  servingReplicas,
} from '@techulus/domain';
import { isoTime } from '../reading/time.ts';
import type { View } from '../reading/view.ts';
import type { RevisionResource, ServiceResource } from './service-resource.dto.ts';

type Inside = Omit<RevisionResource, 'revision' | 'createdAt'>;

function insideOf(spec: RevisionSpec): Inside {
  const { image, digest, digestError, command, env, ports, resources, healthCheck, stopTimeoutSeconds } = spec;
  const secrets = Object.fromEntries(spec.secrets.map((use) => [use.env, use.name]));
  return { image, digest, digestError, command, env, secrets, ports, resources, healthCheck, stopTimeoutSeconds };
}

export function revisionResource(revision: number, createdAt: number, spec: RevisionSpec): RevisionResource {
  return { revision, createdAt: isoTime(createdAt), ...insideOf(spec) };
}

/** Named replicas that can be reached and are well; the past does not know who was online. */
function availableOf(view: View, service: Service): number {
  const serving = servingReplicas(view.cluster, service.id).filter((deployment) => deployment.health !== 'unhealthy');
  return serving.filter(({ serverId }) => view.reports === null || isOnline(view, view.cluster, serverId)).length;
}

export function serviceResource(view: View, service: Service): ServiceResource {
  const { cluster } = view;
  const { id, version, projectId, name, replicas, latestRevision, runningRevision, deleting } = service;
  const spec = service.revisions.get(latestRevision);
  if (spec === undefined) throw new Error(`service ${id} has no revision ${latestRevision}`);
  return {
    ...{ id, version, projectId, name, replicas, latestRevision, runningRevision, deleting },
    available: availableOf(view, service),
    outdated: runningRevision !== null && runningRevision !== latestRevision,
    rolloutId: activeRollout(cluster, id)?.id ?? null,
    addresses: [...(cluster.records.get(id)?.addresses ?? [])],
    ...insideOf(spec),
    placement: service.placement,
    strategy: service.strategy,
    drainSeconds: service.drainSeconds,
    createdAt: isoTime(service.createdAt),
    can: canService(cluster, service),
  };
}
