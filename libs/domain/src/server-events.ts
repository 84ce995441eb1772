import type { EventOf } from './event-of.ts';

export type ServerRole = 'proxy' | 'worker';

export interface HostFacts {
  hostname: string;
  os: string;
  kernel: string;
  architecture: string;
  cpus: number;
  memoryMb: number;
}

export interface ServerKeys {
  wireguardPublicKey: string;
  signingKey: string;
  sealingKey: string;
}

export type ServerEvent =
  | EventOf<'server.created', { name: string; role: ServerRole; labels: Record<string, string> }>
  | EventOf<
      'server.registered',
      { subnetId: number; keys: ServerKeys; endpoints: string[]; host: HostFacts; secretVersion: number }
    >
  | EventOf<'server.changed', { name: string; labels: Record<string, string> }>
  | EventOf<'server.endpoints_changed', { endpoints: string[] }>
  /** Every online peer has acknowledged its keys: it takes placements from here on. `acks`: server id → position held. */
  | EventOf<'server.admitted', { acks: Record<string, number> }>
  /** Silent for as long as the cluster's settings allow, while the control plane could hear. Times in milliseconds. */
  | EventOf<'server.went_offline', { lastSeenAt: number; silentMs: number }>
  | EventOf<'server.came_online', Record<string, never>>
  | EventOf<'server.cordoned', Record<string, never>>
  | EventOf<'server.uncordoned', Record<string, never>>
  | EventOf<'server.drain_requested', Record<string, never>>
  | EventOf<'server.removal_requested', { force: boolean }>
  | EventOf<'server.removed', { force: boolean }>;

export type RegistrationTokenEvent =
  | EventOf<'registration_token.issued', { serverId: string; hash: string; expiresAt: number }>
  | EventOf<'registration_token.used', { keys: ServerKeys }>
  | EventOf<'registration_token.revoked', Record<string, never>>;
