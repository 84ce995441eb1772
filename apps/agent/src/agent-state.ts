/** What the loop knows and the heartbeat tells: one place, written by the loop only. */
import type { ActionReport } from '@techulus/contract';
import type { ActualState, ExpectedState } from '@techulus/reconcile';
import type { Deferral } from './deferrals.ts';

/** What was seen, and of what expected state it is the answer. */
export interface Observation {
  readonly expected: ExpectedState | null;
  readonly actual: ActualState;
  /** When it began, on the monotonic clock. */
  readonly at: number;
}

export interface AgentState {
  mode: 'IDLE' | 'PROCESSING';
  observation: Observation | null;
  action: ActionReport | null;
  deferred: readonly Deferral[];
  /** A signed 410 said that this server is no longer one of the cluster. */
  removed: boolean;
}

export function initialAgentState(): AgentState {
  return { mode: 'IDLE', observation: null, action: null, deferred: [], removed: false };
}
