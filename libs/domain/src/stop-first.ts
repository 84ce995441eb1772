/**
 * stop-first, for what may run only once (a single-writer volume): the new replica's image is fetched, the old one
 * leaves the names, drains, is stopped but kept, and only then the new one starts. When the new one fails, and is seen
 * to be gone, the kept one is started again; its point of no return is that it is discarded.
 */
import { isActive } from './deployment.ts';
import type { LeavingReason } from './deployment-events.ts';
import { leave, standAside } from './deployment-orders.ts';
import { type Draft, emit } from './draft.ts';
import { deploymentsOf } from './records.ts';
import type { Deployment } from './state.ts';

/** Whether it stands aside, stopped or about to be, and could be put back. */
export function isKept(deployment: Deployment): boolean {
  return deployment.leaving?.keep === true && deployment.expected;
}

/** Nothing, where it is not kept. One that was not told to stop yet may still be named: it leaves as every other does. */
export function discardKept(draft: Draft, deployment: Deployment): void {
  const { leaving } = deployment;
  if (leaving === null || !isKept(deployment)) return;
  if (leaving.stopRequestedAt === null) leave(draft, deployment, leaving.reason);
  else emit(draft, 'deployment', deployment.id, { type: 'deployment.discarded', data: {} });
}

function reasonFor(draft: Draft, deployment: Deployment): LeavingReason {
  const rollout = draft.cluster.rollouts.get(deployment.rolloutId ?? '');
  if (rollout === undefined) return 'drain';
  return rollout.direction === 'back' ? 'rolled_back' : 'replaced';
}

/** The new one has its image: the old one goes aside, then the new one may start. */
export function stepHeld(draft: Draft, deployment: Deployment): void {
  const old = draft.cluster.deployments.get(deployment.replaces ?? '');
  if (old !== undefined && isActive(old)) return standAside(draft, old, reasonFor(draft, deployment));
  const stopped = old === undefined || old.removed || old.leaving?.keptAt != null;
  if (stopped) emit(draft, 'deployment', deployment.id, { type: 'deployment.start_allowed', data: {} });
}

/** Puts the old one back when no replacement is left that could have a container. True: nothing else is to be done. */
export function stepKept(draft: Draft, deployment: Deployment): boolean {
  const replacements = deploymentsOf(draft.cluster, deployment.serviceId).filter(
    (other) => other.replaces === deployment.id,
  );
  if (replacements.some(isActive)) return false;
  if (replacements.some((other) => !other.removed && !other.hold)) return true;
  emit(draft, 'deployment', deployment.id, { type: 'deployment.stayed', data: {} });
  return true;
}
