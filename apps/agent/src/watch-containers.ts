/** Our containers as they are; on the way the running ones get their health watched and the draining ones their connections counted. */
import type { ActualContainers, ExpectedState, Observed } from '@techulus/reconcile';
import type { HealthMonitor, HealthTarget } from './health/monitor.ts';
import { healthRule } from './health/rule.ts';
import { type ContainersObservation, type ContainersObserverParts, observeContainers } from './podman/observe.ts';

export interface WatchParts extends ContainersObserverParts {
  readonly monitor: Pick<HealthMonitor, 'sync'>;
  readonly openConnections: (pid: number, address: string) => Promise<number | null>;
  /** By container id; read by the reports. */
  readonly connections: Map<string, number | null>;
}

function targets(expected: ExpectedState | null, { containers }: ActualContainers): HealthTarget[] {
  const parts = new Map((expected?.containers?.parts ?? []).map((part) => [part.key, part]));
  return containers.flatMap(({ containerId, deploymentId, state }) => {
    const part = parts.get(deploymentId);
    if (part === undefined || state !== 'running') return [];
    return [{ containerId, deploymentId, address: part.address, rule: healthRule(part) }];
  });
}

async function countConnections(
  parts: WatchParts,
  expected: ExpectedState | null,
  seen: ContainersObservation,
): Promise<void> {
  const draining = new Map(
    (expected?.containers?.parts ?? []).filter((part) => part.want === 'drain').map((part) => [part.key, part.address]),
  );
  const pids = new Map(seen.raw.map((container) => [container.id, container.pid]));
  const counts = new Map<string, number | null>();
  for (const { containerId, deploymentId, state } of seen.actual.containers) {
    const address = draining.get(deploymentId);
    if (address === undefined) continue;
    const runs = state === 'running' || state === 'stopping';
    const count = runs ? await parts.openConnections(pids.get(containerId) ?? 0, address) : 0;
    counts.set(containerId, count);
  }
  // Replaced at once: a report in between would tell that nothing is known.
  parts.connections.clear();
  for (const [containerId, count] of counts) parts.connections.set(containerId, count);
}

export async function watchContainers(
  parts: WatchParts,
  expected: ExpectedState | null,
): Promise<Observed<ActualContainers>> {
  const seen = await observeContainers(parts, expected);
  parts.monitor.sync(targets(expected, seen.actual));
  await countConnections(parts, expected, seen);
  return { observed: true, value: seen.actual };
}
