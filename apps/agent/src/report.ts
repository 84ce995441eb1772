/** The status report, from what was last observed. Pure. */
import type {
  ActionReport, ContainerPhase, ContainerReport, DeploymentPart, FailureReason, HostResources, SectionAcks, StatusReport, Versions,
} from '@techulus/contract';
import { SECTIONS } from '@techulus/contract';
import { type ActualContainer, type ActualState, type ExpectedState, type ImageState, wireguardDrift } from '@techulus/reconcile';
import type { AgentState, Observation } from './agent-state.ts';
import type { Deferral } from './deferrals.ts';
import type { Entry } from './podman/ledger.ts';

export interface ReportFacts {
  readonly resources: HostResources;
  readonly versions: Versions;
  readonly publicAddress: string | null;
  readonly endpoints: readonly string[];
  readonly clockOffsetMs: number;
  /** On the monotonic clock. */
  readonly now: number;
  readonly ledger: (containerId: string) => Entry;
  readonly connections: ReadonlyMap<string, number | null>;
}

const DIGEST = /@(sha256:[0-9a-f]{64})$/;
const NOTHING = { lastLogLines: [], restarts: 0, crashLooping: false, connections: null, pullPercent: null };

function digestOf(image: string): string | null {
  return DIGEST.exec(image)?.[1] ?? null;
}

function asReport({ action, outcome, message }: Deferral): ActionReport {
  const { kind, key, because } = action;
  return { kind, key: key.slice(0, 64), because: because.slice(0, 500), outcome, message: message.slice(0, 2000) };
}

const FAILED_BY: Readonly<Record<string, FailureReason>> = { create_container: 'create_failed', start_container: 'start_failed' };

function failure(deploymentId: string, deferred: readonly Deferral[]): { reason: FailureReason; message: string } | null {
  const deferral = deferred.find(({ action }) => action.key === deploymentId && action.kind in FAILED_BY);
  const reason = FAILED_BY[deferral?.action.kind ?? ''];
  return deferral === undefined || reason === undefined ? null : { reason, message: deferral.message.slice(0, 2000) };
}

function standing(container: ActualContainer, facts: ReportFacts, deferred: readonly Deferral[]): ContainerReport {
  const entry = facts.ledger(container.containerId);
  const failed = container.state === 'created' ? failure(container.deploymentId, deferred) : null;
  const phase = container.state === 'other' ? 'exited' : container.state;
  const running = phase === 'running';
  return {
    deploymentId: container.deploymentId,
    containerId: container.containerId,
    phase: failed === null ? phase : 'failed',
    health: running ? entry.health : 'starting',
    digest: digestOf(container.image),
    startedAt: entry.runningSince === null ? null : Math.round(entry.runningSince + facts.clockOffsetMs),
    exitCode: entry.exitCode,
    reason: failed?.reason ?? null,
    message: failed?.message ?? entry.healthMessage,
    lastLogLines: running && entry.health === 'healthy' ? [] : [...entry.lastLogLines],
    restarts: entry.restarts,
    crashLooping: entry.crashLooping,
    connections: facts.connections.get(container.containerId) ?? null,
    pullPercent: null,
  };
}

const PHASE_OF_IMAGE: Readonly<Record<ImageState['state'], ContainerPhase>> = {
  absent: 'waiting',
  pulling: 'pulling',
  present: 'pulled',
  failed: 'failed',
};

function toCome(part: DeploymentPart, image: ImageState | undefined, deferred: readonly Deferral[]): ContainerReport {
  const failed = image?.state === 'failed' ? image : failure(part.key, deferred);
  const phase = failed === null ? PHASE_OF_IMAGE[image?.state ?? 'absent'] : 'failed';
  return {
    ...NOTHING,
    deploymentId: part.key,
    containerId: null,
    phase,
    health: 'starting',
    digest: part.digest ?? null,
    startedAt: null,
    exitCode: null,
    reason: (failed?.reason ?? null) as FailureReason | null,
    message: failed?.message.slice(0, 2000) ?? null,
    pullPercent: image?.state === 'pulling' ? image.percent : null,
  };
}

function containers(observation: Observation, facts: ReportFacts, deferred: readonly Deferral[]): ContainerReport[] {
  const { actual, expected } = observation;
  if (!actual.containers.observed) return [];
  const { containers: present, images } = actual.containers.value;
  const seen = new Set(present.map((container) => container.deploymentId));
  const missing = (expected?.containers?.parts ?? []).filter((part) => !seen.has(part.key));
  const reports = [
    ...present.map((container) => standing(container, facts, deferred)),
    ...missing.map((part) => toCome(part, images.get(part.image), deferred)),
  ];
  return reports.toSorted((a, b) => (a.deploymentId < b.deploymentId ? -1 : 1)).slice(0, 1000);
}

/** What is in effect, by section; a section that is not proven is left out. */
export function acks(expected: ExpectedState | null, actual: ActualState): SectionAcks {
  const found: SectionAcks = {};
  const accepted = expected?.containers;
  if (accepted !== undefined && actual.containers.observed) {
    found.containers = { generation: accepted.generation, hash: accepted.hash };
  }
  for (const name of ['dns', 'traefik'] as const) {
    const section = actual[name];
    if (!section.observed || section.value.generation === null || section.value.hash === null) continue;
    found[name] = { generation: section.value.generation, hash: section.value.hash };
  }
  const { wireguard } = actual;
  if (expected?.wireguard !== undefined && wireguard.observed) {
    const { generation, hash, parts } = expected.wireguard;
    if (wireguardDrift(parts, wireguard.value) === null) found.wireguard = { generation, hash };
  }
  return found;
}

function handshakes({ expected, actual }: Observation): StatusReport['handshakes'] {
  const { wireguard } = actual;
  if (!wireguard.observed) return [];
  const peers = expected?.wireguard?.parts ?? [];
  return peers.map(({ key, publicKey }) => {
    const found = wireguard.value.peers.find((peer) => peer.publicKey === publicKey);
    return { serverId: key, ageSeconds: found?.handshakeAgeSeconds ?? null };
  });
}

export function renderReport(state: AgentState, facts: ReportFacts): StatusReport {
  const { observation, deferred } = state;
  const { resources, versions, publicAddress, endpoints, clockOffsetMs } = facts;
  return {
    agentState: state.mode,
    sections: observation === null ? {} : acks(observation.expected, observation.actual),
    unobserved: observation === null ? [...SECTIONS] : SECTIONS.filter((name) => !observation.actual[name].observed),
    containers: observation === null ? [] : containers(observation, facts, deferred),
    observedAgoMs: observation === null ? 0 : Math.max(0, Math.round(facts.now - observation.at)),
    action: state.action,
    deferred: deferred.slice(0, 100).map(asReport),
    resources,
    podmanAnswers: observation?.actual.containers.observed ?? false,
    publicAddress,
    endpoints: [...endpoints],
    handshakes: observation === null ? [] : handshakes(observation),
    versions,
    clockOffsetMs,
  };
}
