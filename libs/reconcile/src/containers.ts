/**
 * What to do about containers. The order within: orphans are stopped, what stands still is started, what is missing is
 * deployed, what is wrong is replaced (terminate, remove, create).
 */
import type { DeploymentPart } from '@techulus/contract';
import type { Action } from './action.ts';
import type { ActualContainer, ActualContainers, ActualState, ImageState } from './actual-state.ts';
import { containerSpecHash } from './container-spec.ts';
import type { ExpectedState } from './expected.ts';

/** The steps of a pass, in their order. */
export interface ContainerActions {
  readonly stopOrphans: readonly Action[];
  readonly start: readonly Action[];
  readonly deploy: readonly Action[];
  readonly redeploy: readonly Action[];
}

/** What the decisions on one container look at beside it. */
interface View {
  readonly now: number;
  readonly sha256: (text: string) => string;
  /** True while names or routes in effect on this node still lead to the address. */
  readonly named: (address: string) => boolean;
  /** Of what is not expected only these deployments' are stopped; undefined: all. */
  readonly stopOnly: readonly string[] | undefined;
}

/** Addresses that this node's names and routes lead to; a section that could not be observed may name any. */
export function namedAddresses(expected: ExpectedState, actual: ActualState): (address: string) => boolean {
  const blind = (['dns', 'traefik'] as const).some((name) => expected[name] !== undefined && !actual[name].observed);
  if (blind) return () => true;
  const named = new Set(
    [actual.dns, actual.traefik].flatMap((section) => (section.observed ? section.value.addresses : [])),
  );
  return (address) => named.has(address);
}

function terminate(container: ActualContainer, because: string, view: View): Action[] {
  const { containerId, deploymentId, termSentAt, stopTimeoutSeconds } = container;
  if (termSentAt === null) {
    const key = `${deploymentId}/SIGTERM`;
    return [{ kind: 'terminate_container', key, containerId, signal: 'SIGTERM', because }];
  }
  if (view.now < termSentAt + stopTimeoutSeconds * 1000) return [];
  const overdue = `${because}; still there ${stopTimeoutSeconds} s after SIGTERM`;
  return [
    { kind: 'terminate_container', key: `${deploymentId}/SIGKILL`, containerId, signal: 'SIGKILL', because: overdue },
  ];
}

/** One step on the way out: SIGTERM, SIGKILL when its time has come, removal of what has ended. */
function discard(container: ActualContainer, because: string, view: View): Action[] {
  const { containerId, deploymentId } = container;
  if (container.state !== 'running' && container.state !== 'stopping') {
    return [{ kind: 'remove_container', key: deploymentId, containerId, because }];
  }
  // Names and routes go first, or requests are sent to what no longer answers.
  if (container.termSentAt === null && container.address !== null && view.named(container.address)) return [];
  return terminate(container, because, view);
}

function whyReplaced(part: DeploymentPart, container: ActualContainer, view: View): string | null {
  if (container.state === 'other') return 'it is in a state from which it cannot be started';
  if (container.image !== part.image) return `it runs ${container.image}, expected is ${part.image}`;
  if (container.specHash !== containerSpecHash(part, view.sha256)) return 'it was created from another specification';
  return null;
}

/** Ended like one that is discarded, but never removed: it may be started again. */
function keepStopped(part: DeploymentPart, container: ActualContainer, view: View): Action[] {
  const ended = container.state !== 'running' && container.state !== 'stopping';
  return ended ? [] : discard(container, `${part.serviceName} is replaced stop-first`, view);
}

function keepRunning(part: DeploymentPart, container: ActualContainer, view: View): Action[] {
  const { containerId, deploymentId, state } = container;
  if (state === 'running' || state === 'stopping') {
    // One that drains is on its way out already.
    const stays = container.restartBecause === null || part.want === 'drain';
    return stays ? [] : terminate(container, container.restartBecause ?? '', view);
  }
  // One that ended while it drained has done its work.
  if (part.want === 'drain' || view.now < container.notBefore) return [];
  const because =
    state === 'created' ? 'created, not started' : `ended with exit code ${container.exitCode ?? 'unknown'}`;
  return [{ kind: 'start_container', key: deploymentId, containerId, because }];
}

function keep(part: DeploymentPart, container: ActualContainer, view: View): Action[] {
  return part.want === 'stop' ? keepStopped(part, container, view) : keepRunning(part, container, view);
}

function deploy(part: DeploymentPart, image: ImageState | undefined, taken: boolean, view: View): Action[] {
  if (part.want === 'drain' || part.want === 'stop' || image === undefined) return [];
  switch (image.state) {
    case 'absent':
      return [{ kind: 'pull_image', key: part.image, part, because: `${part.serviceName} needs it` }];
    case 'pulling':
      return [];
    case 'failed':
      if (view.now < image.notBefore) return [];
      return [{ kind: 'pull_image', key: part.image, part, because: `the last pull failed: ${image.reason}` }];
    case 'present':
      if (part.want === 'pull') return [];
      // The address is free once its holder's removal was seen.
      if (taken) return [];
      return [{ kind: 'create_container', key: part.key, part, because: `${part.serviceName} has no container yet` }];
  }
}

const RANK = { running: 0, stopping: 1, created: 2, exited: 3, other: 4 } as const;

/** Of several containers of one deployment the one to keep. */
function preferred(
  part: DeploymentPart,
  candidates: readonly ActualContainer[],
  view: View,
): ActualContainer | undefined {
  const wrong = (container: ActualContainer): number => (whyReplaced(part, container, view) === null ? 0 : 1);
  return candidates.toSorted(
    (a, b) => wrong(a) - wrong(b) || RANK[a.state] - RANK[b.state] || (a.containerId < b.containerId ? -1 : 1),
  )[0];
}

function onePullEach(actions: readonly Action[]): Action[] {
  const seen = new Set<string>();
  return actions.filter((action) => {
    if (action.kind !== 'pull_image') return true;
    const first = !seen.has(action.key);
    seen.add(action.key);
    return first;
  });
}

/** One that the control plane does not know may be newer than what it knows: it is left alone where it says so. */
function mayStop({ deploymentId }: ActualContainer, parts: readonly DeploymentPart[], { stopOnly }: View): boolean {
  if (stopOnly === undefined || stopOnly.includes(deploymentId)) return true;
  return parts.some((part) => part.key === deploymentId);
}

export function diffContainers(
  parts: readonly DeploymentPart[],
  actual: ActualContainers,
  view: View,
): ContainerActions {
  const start: Action[] = [];
  const missing: Action[] = [];
  const redeploy: Action[] = [];
  const kept = new Set<ActualContainer>();
  const byKey = parts.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  for (const part of byKey) {
    const own = actual.containers.filter((container) => container.deploymentId === part.key);
    const container = preferred(part, own, view);
    if (container === undefined) {
      const taken = actual.containers.some((other) => other.address === part.address);
      missing.push(...deploy(part, actual.images.get(part.image), taken, view));
      continue;
    }
    kept.add(container);
    const wrong = whyReplaced(part, container, view);
    if (wrong === null) start.push(...keep(part, container, view));
    else redeploy.push(...discard(container, wrong, view));
  }
  const orphans = actual.containers
    .filter((container) => !kept.has(container) && mayStop(container, parts, view))
    .toSorted((a, b) => (`${a.deploymentId}/${a.containerId}` < `${b.deploymentId}/${b.containerId}` ? -1 : 1));
  const stopOrphans = orphans.flatMap((container) => discard(container, 'not expected on this server', view));
  return { stopOrphans, start, deploy: onePullEach(missing), redeploy };
}
