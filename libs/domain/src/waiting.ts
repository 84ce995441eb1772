/** What a replica waits for, as data: shown by the API, never parsed from a log line. */
import { missingAcks, type View } from './acks.ts';
import { isEndedStage, isRouted } from './deployment.ts';
import { RECORD_TTL_SECONDS } from './deployment-orders.ts';
import type { Facts, Section } from './draft.ts';
import type { ClusterState, Deployment, Leaving } from './state.ts';

export interface WaitingFor {
  readonly what: 'ack' | 'server' | 'image' | 'health' | 'replaced' | 'drain' | 'stop' | 'batch';
  readonly section: Section | null;
  readonly serverId: string | null;
  readonly serverName: string | null;
  /** The generation's position that must be reached, and the one held. */
  readonly wanted: number | null;
  readonly held: number | null;
  readonly text: string;
}

function nameOf(view: View, id: string): string {
  return view.cluster.servers.get(id)?.name ?? id;
}

function onServer(view: View, what: WaitingFor['what'], serverId: string, text: string): WaitingFor {
  return { what, section: null, serverId, serverName: nameOf(view, serverId), wanted: null, held: null, text };
}

/** What its server last complained of: most often what a person has to do. */
function lastWords(view: View, deployment: Deployment): string {
  const problem = view.presence.get(deployment.serverId)?.problems[deployment.id];
  return problem === undefined ? '' : `; last: ${problem.message}`;
}

function acks(view: View, waitsFor: readonly string[], section: Section, wanted: number): WaitingFor[] {
  return missingAcks(view, waitsFor, section, wanted).map((serverId) => {
    const held = view.presence.get(serverId)?.acks[section]?.position ?? null;
    const serverName = nameOf(view, serverId);
    const text = `${section} on ${serverName}: holds ${held ?? 'nothing'}, needs ${wanted}`;
    return { what: 'ack', section, serverId, serverName, wanted, held, text };
  });
}

function leavingFor(view: View, deployment: Deployment, leaving: Leaving): WaitingFor[] {
  const server = deployment.serverId;
  if (leaving.keptAt !== null)
    return [onServer(view, 'replaced', server, 'its replacement to serve; its container is kept until then')];
  if (leaving.stopRequestedAt !== null)
    return [onServer(view, 'stop', server, `its container on ${nameOf(view, server)} to be gone`)];
  if (leaving.drainingSince === null && isRouted(deployment))
    return acks(view, leaving.waitsFor, 'dns', leaving.position);
  const connections = view.presence.get(server)?.connections[deployment.id] ?? null;
  const open = connections === null ? 'open connections are not known yet' : `${connections} open connections`;
  return [onServer(view, 'drain', server, `its drain: ${open}, at least ${RECORD_TTL_SECONDS} s for cached names`)];
}

function replacedFor(view: View, deployment: Deployment): WaitingFor[] {
  const old = view.cluster.deployments.get(deployment.replaces ?? '');
  if (old === undefined) return [];
  if (old.leaving === null) return [onServer(view, 'batch', deployment.serverId, 'the other replicas of its batch')];
  return leavingFor(view, old, old.leaving).map((waiting) => ({
    ...waiting,
    text: `the replaced replica: ${waiting.text}`,
  }));
}

export function waitingFor(facts: Facts, cluster: ClusterState, deployment: Deployment): WaitingFor[] {
  const view: View = { ...facts, cluster };
  const server = deployment.serverId;
  if (deployment.leaving !== null && !deployment.removed) return leavingFor(view, deployment, deployment.leaving);
  if (isEndedStage(deployment.stage))
    return deployment.removed
      ? []
      : [onServer(view, 'stop', server, `its container on ${nameOf(view, server)} to be gone`)];
  switch (deployment.stage) {
    case 'pending':
      return [onServer(view, 'server', server, `${nameOf(view, server)} to take it up${lastWords(view, deployment)}`)];
    case 'pulling':
      if (deployment.hold && deployment.imageReady) return replacedFor(view, deployment);
      return [onServer(view, 'image', server, `the image on ${nameOf(view, server)}${lastWords(view, deployment)}`)];
    case 'starting':
      return [
        onServer(view, 'health', server, `its health check on ${nameOf(view, server)}${lastWords(view, deployment)}`),
      ];
    case 'dns_updating':
      return acks(view, deployment.waitsFor, 'dns', deployment.stagePosition);
    case 'traefik_updating':
      return acks(view, deployment.waitsFor, 'traefik', deployment.stagePosition);
    case 'stopping_old':
      return replacedFor(view, deployment);
    case 'healthy':
    case 'running':
      return [];
  }
}
