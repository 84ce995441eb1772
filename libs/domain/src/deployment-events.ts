import type { EventOf } from './event-of.ts';

export const STAGES = [
  'pending',
  'pulling',
  'starting',
  'healthy',
  'dns_updating',
  'traefik_updating',
  'stopping_old',
  'running',
] as const;
export type LiveStage = (typeof STAGES)[number];
export type EndedStage = 'stopped' | 'failed' | 'rolled_back';
export type Stage = LiveStage | EndedStage;

export type LeavingReason = 'replaced' | 'scale' | 'drain' | 'deleted' | 'rolled_back' | 'failed' | 'lost';

export interface Failure {
  /** Stable: image_not_found, registry_unauthorized, container_exited, unhealthy, deadline_exceeded, server_removed, … */
  cause: string;
  message: string;
  exitCode: number | null;
  lastLogLines: string[];
}

/** Server id → position of the generation that it had acknowledged: the evidence, copied, since presence is not in the log. */
export type Evidence = Record<string, number>;

export type DeploymentEvent =
  | EventOf<
      'deployment.created',
      {
        serviceId: string;
        serverId: string;
        revision: number;
        address: string;
        rolloutId: string | null;
        batch: number | null;
        because: 'rollout' | 'scale' | 'drain' | 'replacement' | 'adopted';
        /** The replica that leaves once this one is routed. */
        replaces: string | null;
        /** stop-first: only the image is fetched until `deployment.start_allowed`. */
        hold?: boolean;
      }
    >
  /** The server of one that is held has its image. */
  | EventOf<'deployment.image_ready', Record<string, never>>
  | EventOf<'deployment.start_allowed', Record<string, never>>
  /** `waitsFor`: the servers whose acknowledgement ends the stage, frozen at entry. `acks`: what ended the one before. */
  | EventOf<'deployment.stage_entered', { stage: LiveStage; waitsFor: string[]; acks: Evidence }>
  | EventOf<'deployment.failed', { failure: Failure }>
  | EventOf<'deployment.rolled_back', Record<string, never>>
  /** Out of names and routes; SIGTERM only after these servers acknowledged that, and the drain. */
  /** `keep` (stop-first): its container is stopped but kept, so that it can be put back. */
  | EventOf<
      'deployment.leaving',
      { reason: LeavingReason; waitsFor: string[]; failure: Failure | null; keep?: boolean }
    >
  /** A leaving replica is put back into names and routes. */
  | EventOf<'deployment.stayed', Record<string, never>>
  | EventOf<'deployment.draining', { acks: Evidence }>
  /** SIGTERM from here on: the point of no return, unless it is kept. */
  | EventOf<'deployment.stop_requested', { connections: number | null }>
  /** The container of a kept one was seen to have ended. */
  | EventOf<'deployment.kept', Record<string, never>>
  /** The kept one is no longer needed: its point of no return. */
  | EventOf<'deployment.discarded', Record<string, never>>
  /** Its container was seen to be gone (or its server was removed by force). */
  | EventOf<'deployment.removed', { observed: boolean }>
  | EventOf<'deployment.address_released', { acks: Evidence }>
  | EventOf<'deployment.health_changed', { health: 'healthy' | 'unhealthy'; message: string | null }>
  | EventOf<'deployment.restarted', { exitCode: number | null; restarts: number }>
  | EventOf<'deployment.crash_loop_entered', { exitCode: number | null; restarts: number; lastLogLines: string[] }>
  | EventOf<'deployment.crash_loop_left', { restarts: number }>;
