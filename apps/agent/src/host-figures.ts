/** What a report says of the machine: refreshed now and then, never waited for. */
import type { HostResources, Versions } from '@techulus/contract';
import { withDeadline } from '@techulus/ports';
import { endpoints, hostFacts, hostResources, ownAddresses } from './host.ts';
import { timers } from './node.ts';
import type { Podman } from './podman/podman.ts';
import type { ReportFacts } from './report.ts';
import { agentVersion } from './version.ts';

const PODMAN_DEADLINE_MS = 2_000;

const UNKNOWN: HostResources = {
  memoryTotalMb: 0,
  memoryFreeMb: 0,
  cpus: 0,
  load1: 0,
  diskTotalMb: 0,
  diskFreeMb: 0,
  diskPressure: false,
};

type Figures = Pick<ReportFacts, 'resources' | 'versions' | 'publicAddress' | 'endpoints'>;

export interface HostFiguresSource {
  readonly current: () => Figures;
  readonly refresh: () => Promise<void>;
}

export function hostFigures(podman: Podman, configuredAddress: string | null): HostFiguresSource {
  const { kernel, os } = hostFacts();
  let versions: Versions = { agent: agentVersion, podman: null, kernel, os };
  let figures: Figures = { resources: UNKNOWN, versions, publicAddress: configuredAddress, endpoints: [] };
  const refresh = async (): Promise<void> => {
    const asked = withDeadline(timers, PODMAN_DEADLINE_MS, 'asking Podman for its version', () => podman.version());
    versions = { ...versions, podman: await asked.catch(() => versions.podman ?? null) };
    const publicAddress = configuredAddress ?? ownAddresses(null)[0] ?? null;
    figures = { resources: await hostResources(), versions, publicAddress, endpoints: endpoints(configuredAddress) };
  };
  return { current: () => figures, refresh };
}
