/** What a report says beside the observation: this machine's figures, refreshed now and then, never waited for. */
import type { HostResources, StatusReport, Versions } from '@techulus/contract';
import { withDeadline } from '@techulus/ports';
import { endpoints, hostFacts, hostResources, ownAddresses } from './host.ts';
import { clock, type Node, timers } from './node.ts';
import type { ControlPlane } from './ports.ts';
import type { ReportFacts } from './report.ts';
import type { AgentStatus } from './status-file.ts';
import { agentVersion } from './version.ts';

const PODMAN_DEADLINE_MS = 2_000;

const UNKNOWN: HostResources = {
  memoryTotalMb: 0, memoryFreeMb: 0, cpus: 0, load1: 0, diskTotalMb: 0, diskFreeMb: 0, diskPressure: false,
};

export interface ReportFactsSource {
  now(): ReportFacts;
  refresh(): Promise<void>;
  diskPressure(): boolean;
  status(report: StatusReport, lastReceivedAt: number | null): AgentStatus;
}

export function reportFacts(
  node: Node,
  controlPlane: ControlPlane,
  connections: ReadonlyMap<string, number | null>,
): ReportFactsSource {
  const { config, membership, memory, podmanSide, state } = node;
  const { kernel, os } = hostFacts();
  const versions: Versions = { agent: agentVersion, podman: null, kernel, os };
  let resources = UNKNOWN;
  let candidates: readonly string[] = [];
  const refresh = async (): Promise<void> => {
    resources = await hostResources();
    candidates = endpoints(config.publicAddress);
    const asked = withDeadline(timers, PODMAN_DEADLINE_MS, 'asking for the version', () => podmanSide.podman.version());
    versions.podman = await asked.catch(() => versions.podman ?? null);
  };
  const { serverId, name, subnetId, isProxy } = membership;
  return {
    refresh,
    diskPressure: () => resources.diskPressure,
    now: () => ({
      resources,
      versions: { ...versions },
      publicAddress: config.publicAddress ?? ownAddresses(null)[0] ?? null,
      endpoints: candidates,
      clockOffsetMs: controlPlane.clockOffsetMs(),
      now: clock.monotonic(),
      ledger: (containerId) => memory.ledger.of(containerId),
      connections,
    }),
    status: (report, lastReceivedAt) => ({
      schema: 1,
      pid: process.pid,
      serverId,
      name,
      subnetId,
      role: isProxy ? 'proxy' : 'worker',
      controlPlanes: config.controlPlanes,
      lastReceivedAt,
      removed: state.removed,
      report,
    }),
  };
}
