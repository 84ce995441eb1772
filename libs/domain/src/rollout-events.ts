import type { EventOf } from './event-of.ts';

export interface Reason {
  /** Stable: image_not_found, container_exited, deadline_exceeded, no_capacity, cancelled, … */
  code: string;
  /** What an operator reads. */
  message: string;
  deploymentId: string | null;
}

export type RolloutEvent =
  | EventOf<'rollout.requested', { serviceId: string; revision: number }>
  | EventOf<'rollout.started', { fromRevision: number | null }>
  /** `creates` are new replicas; `replaces` the old ones that leave once those are routed. */
  | EventOf<'rollout.batch_started', { batch: number; creates: string[]; replaces: string[] }>
  | EventOf<'rollout.turned_back', { reason: Reason }>
  | EventOf<'rollout.succeeded', Record<string, never>>
  | EventOf<'rollout.rolled_back', { reason: Reason }>
  | EventOf<'rollout.failed', { reason: Reason }>
  | EventOf<'rollout.cancelled', { reason: Reason }>
  | EventOf<'rollout.superseded', { by: string }>;
