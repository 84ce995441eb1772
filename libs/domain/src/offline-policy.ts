/**
 * Servers that fall silent. Their replicas leave the names at once, and are placed elsewhere after the grace; what is
 * too much when they return is removed. Silence counts only while the control plane could hear (the caller's presence
 * says so), and a fleet of which more than half falls silent together is more likely cut off than dead: nobody is evicted.
 */
import { isOnline, members } from './acks.ts';
import { isActive } from './deployment.ts';
import { createDeployment } from './deployment-orders.ts';
import { type Draft, emit } from './draft.ts';
import { place } from './placement.ts';
import { deploymentsOf, deploymentsOn } from './records.ts';
import { Refused } from './refused.ts';
import { retryAt } from './service.ts';
import { activeRollout } from './service-policy.ts';
import type { Deployment, Server, Service } from './state.ts';

/** Silent for this part of the offline time: it falls silent together with those that have just reached it. */
const TOGETHER = 2 / 3;

function silentFor(draft: Draft, server: Server): number {
  const seenAt = draft.presence.get(server.id)?.seenAt;
  return seenAt === undefined ? 0 : draft.now - seenAt;
}

/** More than half of the servers that were heard are silent now. */
export function isCutOff(draft: Draft): boolean {
  const heard = members(draft.cluster).filter((server) => server.offlineAt === null && draft.presence.has(server.id));
  const silent = heard.filter((server) => silentFor(draft, server) >= draft.cluster.settings.offlineAfterMs * TOGETHER);
  return silent.length > heard.length / 2;
}

export function noteSilence(draft: Draft): void {
  for (const server of members(draft.cluster)) {
    if (server.offlineAt !== null || !draft.presence.has(server.id) || isOnline(draft, draft.cluster, server.id))
      continue;
    if (isCutOff(draft)) return;
    const silentMs = silentFor(draft, server);
    emit(draft, 'server', server.id, {
      type: 'server.went_offline',
      data: { lastSeenAt: draft.now - silentMs, silentMs },
    });
  }
}

function replaceLost(draft: Draft, service: Service, deployment: Deployment): void {
  try {
    const [placed] = place(draft, service, deployment.revision, 1);
    if (placed === undefined) return;
    const { revision } = deployment;
    createDeployment(draft, {
      service,
      revision,
      placed,
      rollout: null,
      because: 'replacement',
      replaces: deployment.id,
    });
  } catch (error) {
    // It fits nowhere else now; it is tried again when room comes.
    if (!(error instanceof Refused) || error.code !== 'no_capacity') throw error;
  }
}

/** A single writer is replaced only when the operator says that its server is gone for good: two would be worse than none. */
function mayReplace(draft: Draft, service: Service | undefined): service is Service {
  if (service === undefined || service.deleting || service.strategy.order === 'stop-first') return false;
  return activeRollout(draft.cluster, service.id) === undefined && draft.now >= retryAt(service);
}

export function stepLost(draft: Draft, server: Server): void {
  const { offlineAt } = server;
  if (offlineAt === null || draft.now - offlineAt < draft.cluster.settings.replacementGraceMs) return;
  for (const deployment of deploymentsOn(draft.cluster, server.id)) {
    const service = draft.cluster.services.get(deployment.serviceId);
    if (!isActive(deployment) || !mayReplace(draft, service)) continue;
    const replaced = deploymentsOf(draft.cluster, service.id).some((d) => d.replaces === deployment.id && isActive(d));
    if (!replaced) replaceLost(draft, service, deployment);
  }
}
