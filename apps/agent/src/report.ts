/** The status report, from what was last observed. Pure. */
import type {
  ActionReport,
  ContainerOrigin,
  ContainerPhase,
  ContainerReport,
  DeploymentPart,
  FailureReason,
  HostResources,
  SectionAcks,
  StatusReport,
  Versions,
} from '@techulus/contract';
import { SECTIONS } from '@techulus/contract';
import {
  type ActualContainer,
  type ActualState,
  type AppliedSection,
  type ExpectedSection,
  type ExpectedState,
  type ImageState,
  type Observed,
  wireguardDrift,
} from '@techulus/reconcile';
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
const NOTHING: Omit<ContainerReport, 'deploymentId'> = {
  containerId: null,
  phase: 'waiting',
  health: 'starting',
  digest: null,
  startedAt: null,
  exitCode: null,
  reason: null,
  message: null,
  lastLogLines: [],
  restarts: 0,
  crashLooping: false,
  connections: null,
  pullPercent: null,
};

function digestOf(image: string): string | null {
  return DIGEST.exec(image)?.[1] ?? null;
}

function asReport({ action, outcome, message }: Deferral): ActionReport {
  const { kind, key, because } = action;
  return { kind, key: key.slice(0, 64), because: because.slice(0, 500), outcome, message: message.slice(0, 2000) };
}

interface Failed {
  readonly reason: FailureReason;
  readonly message: string;
}

const FAILED_BY: Readonly<Record<string, FailureReason>> = {
  create_container: 'create_failed',
  start_container: 'start_failed',
};

/** Why a container does not come about, if an action for it waits for its next try. */
function failure(deploymentId: string, deferred: readonly Deferral[]): Failed | null {
  const deferral = deferred.find(({ action }) => action.key === deploymentId && action.kind in FAILED_BY);
  const reason = FAILED_BY[deferral?.action.kind ?? ''];
  return deferral === undefined || reason === undefined ? null : { reason, message: deferral.message.slice(0, 2000) };
}

/** What is the same however it stands. */
function report(deploymentId: string, failed: Failed | null, own: Partial<ContainerReport>): ContainerReport {
  const failing = failed === null ? {} : { phase: 'failed' as const, reason: failed.reason, message: failed.message };
  return { ...NOTHING, deploymentId, ...own, ...failing };
}

const PHASE: Readonly<Record<ActualContainer['state'], ContainerPhase>> = {
  created: 'created',
  running: 'running',
  stopping: 'stopping',
  exited: 'exited',
  other: 'exited',
};

function standing(container: ActualContainer, facts: ReportFacts, deferred: readonly Deferral[]): ContainerReport {
  const { containerId, deploymentId, image, state } = container;
  const { runningSince, health, ...entry } = facts.ledger(containerId);
  const running = state === 'running';
  return report(deploymentId, running || state === 'stopping' ? null : failure(deploymentId, deferred), {
    containerId,
    phase: PHASE[state],
    health: running ? health : 'starting',
    digest: digestOf(image),
    startedAt: runningSince === null ? null : Math.round(runningSince + facts.clockOffsetMs),
    exitCode: entry.exitCode,
    message: entry.healthMessage,
    lastLogLines: running && health === 'healthy' ? [] : [...entry.lastLogLines],
    restarts: entry.restarts,
    crashLooping: entry.crashLooping,
    connections: facts.connections.get(containerId) ?? null,
  });
}

/** Of one that is not expected; nothing where its labels are not whole. */
function originOf({ serviceId, address, specHash }: ActualContainer): { origin?: ContainerOrigin } {
  const whole = serviceId !== '' && address !== null && /^[0-9a-f]{64}$/.test(specHash);
  return whole ? { origin: { serviceId, address, specHash } } : {};
}

const PHASE_OF_IMAGE: Readonly<Record<ImageState['state'], ContainerPhase>> = {
  absent: 'waiting',
  pulling: 'pulling',
  present: 'pulled',
  failed: 'failed',
};

function pullFailure(image: ImageState): Failed | null {
  return image.state === 'failed'
    ? { reason: image.reason as FailureReason, message: image.message.slice(0, 2000) }
    : null;
}

function toCome(part: DeploymentPart, image: ImageState, deferred: readonly Deferral[]): ContainerReport {
  return report(part.key, pullFailure(image) ?? failure(part.key, deferred), {
    phase: PHASE_OF_IMAGE[image.state],
    digest: part.digest ?? null,
    pullPercent: image.state === 'pulling' ? image.percent : null,
  });
}

function containers(observation: Observation, facts: ReportFacts, deferred: readonly Deferral[]): ContainerReport[] {
  const { actual, expected } = observation;
  if (!actual.containers.observed) return [];
  const { containers: present, images } = actual.containers.value;
  const seen = new Set(present.map((container) => container.deploymentId));
  const parts = expected?.containers?.parts ?? [];
  const expectedIds = new Set(parts.map((part) => part.key));
  const missing = parts.filter((part) => !seen.has(part.key));
  const reports = [
    ...present.map((container) => ({
      ...standing(container, facts, deferred),
      ...(expectedIds.has(container.deploymentId) ? {} : originOf(container)),
    })),
    ...missing.map((part) => toCome(part, images.get(part.image) ?? { state: 'absent' }, deferred)),
  ];
  return reports.toSorted((a, b) => (a.deploymentId < b.deploymentId ? -1 : 1)).slice(0, 1000);
}

type Ack = NonNullable<SectionAcks['dns']>;

function applied(section: Observed<AppliedSection>): Ack | undefined {
  if (!section.observed || section.value.generation === null || section.value.hash === null) return undefined;
  return { generation: section.value.generation, hash: section.value.hash };
}

function accepted(section: ExpectedSection<unknown> | undefined, inEffect: boolean): Ack | undefined {
  return section === undefined || !inEffect ? undefined : { generation: section.generation, hash: section.hash };
}

/** What is in effect, by section; a section that is not proven is left out. */
export function acks(expected: ExpectedState | null, actual: ActualState): SectionAcks {
  const { wireguard } = actual;
  const peers = expected?.wireguard?.parts ?? [];
  const meshed = wireguard.observed && wireguardDrift(peers, wireguard.value) === null;
  const all = {
    // Accepted, and observed afterwards.
    containers: accepted(expected?.containers, actual.containers.observed),
    dns: applied(actual.dns),
    traefik: applied(actual.traefik),
    wireguard: accepted(expected?.wireguard, meshed),
  };
  return Object.fromEntries(Object.entries(all).filter(([, ack]) => ack !== undefined));
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
