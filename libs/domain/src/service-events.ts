import type { EventOf } from './event-of.ts';

export interface PortSpec {
  port: number;
  protocol: 'tcp' | 'udp';
}

export interface HealthCheckSpec {
  type: 'http' | 'tcp' | 'command';
  port?: number;
  path?: string;
  command?: string[];
  intervalSeconds: number;
  timeoutSeconds: number;
  retries: number;
  startPeriodSeconds: number;
}

export interface SecretUse {
  env: string;
  name: string;
  id: string;
  version: number;
}

/** What is inside a container: immutable once numbered. */
export interface RevisionSpec {
  /** As the operator wrote it. */
  image: string;
  /** `sha256:…`, or null where the registry could not tell; `digestError` says why. */
  digest: string | null;
  digestError: string | null;
  command: string[] | null;
  env: Record<string, string>;
  secrets: SecretUse[];
  ports: PortSpec[];
  resources: { memoryMb: number | null; cpus: number | null };
  healthCheck: HealthCheckSpec | null;
  stopTimeoutSeconds: number;
}

export interface Placement {
  /** `label==value` or `label!=value`, all must hold. */
  constraints: string[];
  /** Ids of the only servers to use; empty: any. */
  servers: string[];
}

export interface Strategy {
  order: 'start-first' | 'stop-first';
  /** Replicas at once; null: a third of them, at least one. */
  batch: number | null;
}

export interface ServiceSettings {
  placement: Placement;
  strategy: Strategy;
  drainSeconds: number;
}

export type ServiceEvent =
  | EventOf<'service.created', { projectId: string; name: string; replicas: number } & ServiceSettings>
  | EventOf<'service.revision_created', { revision: number; spec: RevisionSpec }>
  /** The tag of an earlier revision could be resolved after all. */
  | EventOf<'service.revision_pinned', { revision: number; digest: string }>
  | EventOf<'service.scaled', { replicas: number }>
  | EventOf<'service.settings_changed', ServiceSettings>
  | EventOf<'service.deletion_requested', Record<string, never>>
  | EventOf<'service.deleted', Record<string, never>>;
