/** Admission of a new server, moving replicas off one that drains, and its removal. */
import { evidence, hasAcked, isOnline, members } from './acks.ts';
import { isActive, isInPlace } from './deployment.ts';
import { createDeployment } from './deployment-orders.ts';
import { type Draft, emit } from './draft.ts';
import { place } from './placement.ts';
import { deploymentsOf, deploymentsOn } from './records.ts';
import { Refused } from './refused.ts';
import { batchSize, retryAt } from './service.ts';
import { activeRollout } from './service-policy.ts';
import type { Deployment, Server, Service } from './state.ts';

/** It takes placements once it, and every peer that is online, has the tunnel to it. */
function stepAdmission(draft: Draft, server: Server): void {
  const position = server.registration?.position;
  if (position === undefined || server.admitted || server.removing !== null) return;
  const online = members(draft.cluster).filter((other) => isOnline(draft, draft.cluster, other.id));
  if (!online.some((other) => other.id === server.id)) return;
  if (!online.every((other) => hasAcked(draft, other.id, 'wireguard', position))) return;
  const acks = evidence(
    draft,
    online.map((other) => other.id),
    'wireguard',
  );
  emit(draft, 'server', server.id, { type: 'server.admitted', data: { acks } });
}

function replace(draft: Draft, service: Service, deployment: Deployment): void {
  try {
    const [placed] = place(draft, service, deployment.revision, 1);
    if (placed === undefined) return;
    createDeployment(draft, {
      service,
      revision: deployment.revision,
      placed,
      rollout: null,
      because: 'drain',
      replaces: deployment.id,
    });
  } catch (error) {
    // It fits nowhere else: it stays, and the server says so.
    if (!(error instanceof Refused) || error.code !== 'no_capacity') throw error;
  }
}

function moveAway(draft: Draft, deployment: Deployment): void {
  const service = draft.cluster.services.get(deployment.serviceId);
  if (service === undefined || service.deleting || activeRollout(draft.cluster, service.id) !== undefined) return;
  const replicas = deploymentsOf(draft.cluster, service.id);
  if (replicas.some((d) => d.replaces === deployment.id && isActive(d))) return;
  if (draft.now < retryAt(service)) return;
  const moving = replicas.filter((d) => d.because === 'drain' && isActive(d) && !isInPlace(d)).length;
  if (moving < batchSize(service)) replace(draft, service, deployment);
}

export function endServer(draft: Draft, server: Server, force: boolean): void {
  emit(draft, 'server', server.id, { type: 'server.removed', data: { force } });
  draft.releases.push({ kind: 'server_name', key: server.name });
  if (server.registration === null) return;
  draft.releases.push({ kind: 'subnet', key: String(server.registration.subnetId) });
  draft.releases.push({ kind: 'wireguard_key', key: server.registration.keys.wireguardPublicKey });
}

function stepRemoval(draft: Draft, server: Server): void {
  if (server.removing === null) return;
  if (deploymentsOn(draft.cluster, server.id).some((deployment) => !deployment.removed)) return;
  endServer(draft, server, server.removing.force);
}

export function stepServer(draft: Draft, server: Server): void {
  if (server.removed) return;
  stepAdmission(draft, server);
  if (!server.draining) return;
  for (const deployment of deploymentsOn(draft.cluster, server.id))
    if (isActive(deployment)) moveAway(draft, deployment);
  stepRemoval(draft, draft.cluster.servers.get(server.id) ?? server);
}
