import type { Failure, LeavingReason, Stage } from './deployment-events.ts';
import type { DeploymentId, ProjectId, RolloutId, SecretId, ServerId, ServiceId } from './ids.ts';
import type { Reason } from './rollout-events.ts';
import type { HostFacts, ServerKeys, ServerRole } from './server-events.ts';
import type { RevisionSpec, ServiceSettings } from './service-events.ts';

/** The last version of the entity's stream: what the next append expects. */
interface Versioned {
  readonly version: number;
}

export interface Project extends Versioned {
  readonly id: ProjectId;
  readonly name: string;
  readonly createdAt: number;
}

export interface Server extends Versioned {
  readonly id: ServerId;
  readonly name: string;
  readonly role: ServerRole;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly registration: {
    readonly subnetId: number;
    readonly keys: ServerKeys;
    readonly host: HostFacts;
    readonly secretVersion: number;
    readonly position: number;
  } | null;
  readonly endpoints: readonly string[];
  /** Position of the last change to what its peers are told of it. */
  readonly peerPosition: number;
  readonly admitted: boolean;
  /** When it was noted to be silent; null: it is heard. */
  readonly offlineAt: number | null;
  readonly cordoned: boolean;
  readonly draining: boolean;
  readonly removing: { readonly force: boolean } | null;
  readonly removed: boolean;
  /** The host part of the last container address given out here. */
  readonly lastAddress: number;
}

export interface RegistrationTokenState extends Versioned {
  readonly id: string;
  readonly serverId: ServerId;
  readonly hash: string;
  readonly expiresAt: number;
  readonly usedWith: ServerKeys | null;
  readonly revoked: boolean;
}

export interface Service extends Versioned, ServiceSettings {
  readonly id: ServiceId;
  readonly projectId: ProjectId;
  readonly name: string;
  readonly replicas: number;
  readonly createdAt: number;
  readonly revisions: ReadonlyMap<number, RevisionSpec>;
  readonly revisionTimes: ReadonlyMap<number, number>;
  readonly latestRevision: number;
  readonly runningRevision: number | null;
  readonly deleting: boolean;
  /** Replicas made outside a rollout that failed in a row, and when the last one did. */
  readonly failures: { readonly count: number; readonly at: number };
}

export type RolloutStatus =
  | 'pending'
  | 'in_progress'
  | 'succeeded'
  | 'failed'
  | 'rolled_back'
  | 'cancelled'
  | 'superseded';

export interface Rollout extends Versioned {
  readonly id: RolloutId;
  readonly serviceId: ServiceId;
  readonly revision: number;
  readonly fromRevision: number | null;
  readonly status: RolloutStatus;
  readonly direction: 'forward' | 'back';
  readonly reason: Reason | null;
  /** The batch that moves now: 1-based, 0 before the first. */
  readonly batch: number;
  readonly creates: readonly DeploymentId[];
  readonly replaces: readonly DeploymentId[];
  readonly requestedAt: number;
  readonly endedAt: number | null;
}

export interface Leaving {
  readonly reason: LeavingReason;
  readonly waitsFor: readonly ServerId[];
  readonly failure: Failure | null;
  readonly position: number;
  /** The stream's version at this entry: what a deadline names. */
  readonly version: number;
  readonly at: number;
  readonly drainingSince: number | null;
  readonly stopRequestedAt: number | null;
  /** Its container is stopped but kept. */
  readonly keep: boolean;
  readonly keptAt: number | null;
}

export interface Deployment extends Versioned {
  readonly id: DeploymentId;
  readonly serviceId: ServiceId;
  readonly serverId: ServerId;
  readonly revision: number;
  readonly address: string;
  readonly rolloutId: RolloutId | null;
  readonly batch: number | null;
  readonly because: 'rollout' | 'scale' | 'drain' | 'replacement' | 'adopted';
  readonly replaces: DeploymentId | null;
  readonly createdAt: number;
  readonly stage: Stage;
  readonly stageAt: number;
  /** Position of the stage's entry: what an acknowledgement must reach. */
  readonly stagePosition: number;
  /** The stream's version at the stage's entry: what a deadline names. */
  readonly stageVersion: number;
  readonly waitsFor: readonly ServerId[];
  readonly leaving: Leaving | null;
  /** stop-first: its container is not made yet; `imageReady` once its server has the image. */
  readonly hold: boolean;
  readonly imageReady: boolean;
  readonly failure: Failure | null;
  readonly health: 'starting' | 'healthy' | 'unhealthy';
  readonly healthMessage: string | null;
  readonly restarts: number;
  readonly crashLooping: boolean;
  /** Position at which its address left the records; 0: it never was in them. */
  readonly unnamedPosition: number;
  /** Position of the last change to what its server is told of it. */
  readonly partPosition: number;
  /** Whether its server is still told to have it. */
  readonly expected: boolean;
  readonly removed: boolean;
  readonly addressReleased: boolean;
}

export interface Secret extends Versioned {
  readonly id: SecretId;
  readonly name: string;
  readonly currentVersion: number;
  readonly updatedAt: number;
}

export interface Registry extends Versioned {
  readonly host: string;
  readonly currentVersion: number;
  readonly plainHttp: boolean;
  readonly username: string | null;
  readonly updatedAt: number;
}

/** The addresses that a service's name answers, with the position of their last change. */
export interface RecordState {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly position: number;
}

/** A part that no longer exists, for answers that carry only what changed. */
export interface Gone {
  readonly key: string;
  readonly position: number;
}

/**
 * Everything the control plane knows from its log. Entities are replaced, never changed in place, so a fork is a copy
 * of the maps (fork, draft.ts).
 */
export interface ClusterState {
  position: number;
  at: number;
  settings: { offlineAfterMs: number; replacementGraceMs: number };
  clusterVersion: number;
  /** After a restore: containers that the log does not know stay, until the operator decides. */
  keepsUnknown: boolean;
  projects: Map<ProjectId, Project>;
  servers: Map<ServerId, Server>;
  tokens: Map<string, RegistrationTokenState>;
  services: Map<ServiceId, Service>;
  rollouts: Map<RolloutId, Rollout>;
  deployments: Map<DeploymentId, Deployment>;
  secrets: Map<SecretId, Secret>;
  registries: Map<string, Registry>;
  /** Versions of streams whose entity is gone, so that a late append still conflicts. */
  endedVersions: Map<string, number>;
  byService: Map<ServiceId, ReadonlySet<DeploymentId>>;
  byServer: Map<ServerId, ReadonlySet<DeploymentId>>;
  records: Map<ServiceId, RecordState>;
  /** Position of the last event that touched a section: of all servers, or of one. */
  touched: { dns: number; traefik: number; wireguard: number; containers: Map<ServerId, number> };
  gone: { dns: readonly Gone[]; wireguard: readonly Gone[]; containers: Map<ServerId, readonly Gone[]> };
}

export function emptyCluster(): ClusterState {
  return {
    position: 0,
    at: 0,
    settings: { offlineAfterMs: 15_000, replacementGraceMs: 0 },
    clusterVersion: 0,
    keepsUnknown: false,
    projects: new Map(),
    servers: new Map(),
    tokens: new Map(),
    services: new Map(),
    rollouts: new Map(),
    deployments: new Map(),
    secrets: new Map(),
    registries: new Map(),
    endedVersions: new Map(),
    byService: new Map(),
    byServer: new Map(),
    records: new Map(),
    touched: { dns: 0, traefik: 0, wireguard: 0, containers: new Map() },
    gone: { dns: [], wireguard: [], containers: new Map() },
  };
}

/** A copy that can be evolved without touching the original. */
export function fork(cluster: ClusterState): ClusterState {
  return {
    ...cluster,
    projects: new Map(cluster.projects),
    servers: new Map(cluster.servers),
    tokens: new Map(cluster.tokens),
    services: new Map(cluster.services),
    rollouts: new Map(cluster.rollouts),
    deployments: new Map(cluster.deployments),
    secrets: new Map(cluster.secrets),
    registries: new Map(cluster.registries),
    endedVersions: new Map(cluster.endedVersions),
    byService: new Map(cluster.byService),
    byServer: new Map(cluster.byServer),
    records: new Map(cluster.records),
    touched: { ...cluster.touched, containers: new Map(cluster.touched.containers) },
    gone: { ...cluster.gone, containers: new Map(cluster.gone.containers) },
  };
}
