import { SECTIONS, type SectionName } from '@techulus/contract';
import type { Server } from '@techulus/domain';
import { generationsOf } from '@techulus/expected-state';
import type { PresenceRow } from '../presence/presence.ts';
import type { View } from '../reading/view.ts';
import type {
  ActionResource,
  SectionConditionResource,
  ServerConditionsResource,
  UnknownContainerResource,
} from './server-resource.dto.ts';

function sectionsOf(view: View, server: Server, report: PresenceRow): SectionConditionResource[] {
  if (server.registration === null || server.removed) return [];
  const wanted = generationsOf(view.cluster, server.id, view.epoch);
  return SECTIONS.map((section: SectionName) => {
    const held = report.acks[section];
    const current =
      held !== undefined && held.epoch === wanted[section].epoch && held.position >= wanted[section].position;
    const observed = !report.unobserved.includes(section);
    return { section, wanted: wanted[section].position, held: held?.position ?? null, drift: !current, observed };
  });
}

function actionOf(action: PresenceRow['deferred'][number]): ActionResource {
  const { kind, key, because, outcome, message } = action;
  return { kind, key, because, outcome, message: message ?? null };
}

function unknownOf({ cluster }: View, { containers }: PresenceRow): UnknownContainerResource[] {
  return containers
    .filter(({ deploymentId }) => !cluster.deployments.has(deploymentId))
    .map(({ deploymentId, containerId, phase, origin }) => ({
      ...{ deploymentId, containerId, phase },
      serviceId: origin?.serviceId ?? null,
    }));
}

/** What the last report said. */
export function serverConditions(view: View, server: Server, report: PresenceRow): ServerConditionsResource {
  const { agentState, podmanAnswers, clockOffsetMs, versions, resources, action, deferred, handshakes } = report;
  const { memoryTotalMb, memoryFreeMb, cpus, load1, diskTotalMb, diskFreeMb, diskPressure } = resources;
  return {
    ...{ agentState, podmanAnswers, diskPressure, clockOffsetMs },
    sections: sectionsOf(view, server, report),
    versions: { agent: versions.agent, podman: versions.podman ?? null, kernel: versions.kernel, os: versions.os },
    resources: { memoryTotalMb, memoryFreeMb, cpus, load1, diskTotalMb, diskFreeMb },
    action: action && actionOf(action),
    deferred: deferred.map(actionOf),
    unknown: unknownOf(view, report),
    tunnels: handshakes.map(({ serverId, ageSeconds }) => ({ serverId, ageSeconds: ageSeconds ?? null })),
  };
}
