import type { Generation } from '@techulus/contract';

/** A section as it was seen on this server; one that could not be observed is not empty, it is unknown. */
export type Observed<T> =
  | { readonly observed: true; readonly value: T }
  | { readonly observed: false; readonly reason: string };

/** A container of ours as Podman has it. Times are milliseconds since the epoch. */
export interface ActualContainer {
  readonly containerId: string;
  readonly deploymentId: string;
  readonly serviceId: string;
  readonly state: 'created' | 'running' | 'stopping' | 'exited' | 'other';
  /** The digest label that we gave it; compared instead of what Podman says of a multi-platform image. */
  readonly image: string;
  readonly address: string | null;
  /** Hash of what is inside (part without `want`), as labelled at creation. */
  readonly specHash: string;
  readonly stopTimeoutSeconds: number;
  /** When SIGTERM was sent by us; null when it was not. */
  readonly termSentAt: number | null;
  readonly exitCode: number | null;
  /** Not before this time may it be started again (crash backoff). */
  readonly notBefore: number;
  /** Why it has to be restarted although it runs (it stays unhealthy); null when it has not. */
  readonly restartBecause: string | null;
}

/** Whether an image is on this server. */
export type ImageState =
  | { readonly state: 'present' }
  | { readonly state: 'absent' }
  | { readonly state: 'pulling'; readonly percent: number | null }
  | { readonly state: 'failed'; readonly reason: string; readonly message: string; readonly notBefore: number };

export interface ActualContainers {
  readonly containers: readonly ActualContainer[];
  /** By image reference, for every image that an expected deployment needs. */
  readonly images: ReadonlyMap<string, ImageState>;
}

/** A section whose whole is applied at once, with the proof of what is in effect. */
export interface AppliedSection {
  readonly generation: Generation | null;
  readonly hash: string | null;
  /** Container addresses that what is in effect names. */
  readonly addresses: readonly string[];
}

export interface ActualPeer {
  readonly publicKey: string;
  readonly allowedIps: readonly string[];
  readonly endpoint: string | null;
  readonly handshakeAgeSeconds: number | null;
}

export interface ActualWireguard {
  readonly interfaceUp: boolean;
  readonly peers: readonly ActualPeer[];
  /** Subnets routed to the interface. */
  readonly routes: readonly string[];
}

export interface ActualState {
  readonly containers: Observed<ActualContainers>;
  readonly dns: Observed<AppliedSection>;
  readonly traefik: Observed<AppliedSection>;
  readonly wireguard: Observed<ActualWireguard>;
}
