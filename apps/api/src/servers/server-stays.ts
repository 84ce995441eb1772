import {
  activeRollout,
  type Deployment,
  deploymentsOf,
  deploymentsOn,
  type Draft,
  isActive,
  isInPlace,
  openDraft,
  place,
  Refused,
  type Server,
} from '@techulus/domain';
import type { View } from '../reading/view.ts';
import type { StaysResource } from './server-resource.dto.ts';

function whyItStays(draft: Draft, deployment: Deployment): string {
  if (deployment.leaving !== null || !isActive(deployment)) return 'it is on its way out';
  const service = draft.cluster.services.get(deployment.serviceId);
  if (service === undefined || service.deleting) return 'its service is being deleted';
  if (activeRollout(draft.cluster, service.id) !== undefined) return 'a rollout of its service comes first';
  const replacement = deploymentsOf(draft.cluster, service.id).find(
    (other) => other.replaces === deployment.id && isActive(other),
  );
  if (replacement !== undefined)
    return isInPlace(replacement) ? 'its replacement serves; it leaves now' : `its replacement is ${replacement.stage}`;
  try {
    place(draft, service, deployment.revision, 1);
    return 'its replacement is made next';
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

/** What has not left a draining server yet, and why: asked of the same placement that would move it. */
export function staysOn(view: View, server: Server): StaysResource[] {
  if (!server.draining || server.removed || view.reports === null) return [];
  const draft = openDraft(view.cluster, view);
  return deploymentsOn(view.cluster, server.id)
    .filter((deployment) => !deployment.removed)
    .map((deployment) => ({
      deploymentId: deployment.id,
      serviceName: view.cluster.services.get(deployment.serviceId)?.name ?? null,
      because: whyItStays(draft, deployment),
    }));
}
