/**
 * What to do so that this server becomes what it is expected to be: data, in the order of the operations. Whatever could
 * not be observed, or was not yet sent, yields nothing. What is not due yet (a SIGKILL, a backoff, a stop while names
 * still lead there) yields nothing now; the caller looks again.
 */
import type { Action } from './action.ts';
import type { ActualState } from './actual-state.ts';
import { type ContainerActions, diffContainers, namedAddresses } from './containers.ts';
import type { ExpectedState } from './expected.ts';
import { diffDns, diffTraefik, diffWireguard } from './sections.ts';

export interface DiffContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sha256: (text: string) => string;
}

const NOTHING: ContainerActions = { stopOrphans: [], start: [], deploy: [], redeploy: [] };

function containerActions(expected: ExpectedState, actual: ActualState, context: DiffContext): ContainerActions {
  if (expected.containers === undefined || !actual.containers.observed) return NOTHING;
  const { stopOnly } = expected.containers;
  const view = { ...context, named: namedAddresses(expected, actual), stopOnly };
  return diffContainers(expected.containers.parts, actual.containers.value, view);
}

export function diff(expected: ExpectedState, actual: ActualState, context: DiffContext): Action[] {
  const { stopOrphans, start, deploy, redeploy } = containerActions(expected, actual, context);
  return [
    ...stopOrphans,
    ...start,
    ...deploy,
    ...redeploy,
    ...diffDns(expected, actual),
    ...diffTraefik(expected, actual),
    ...diffWireguard(expected, actual),
  ];
}
