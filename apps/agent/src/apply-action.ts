import { type Timers, withDeadline } from '@techulus/ports';
import type { Action, ActionKind, Effectors, Outcome } from '@techulus/reconcile';
import { explain } from './log.ts';

/** How long an effector may take, in milliseconds; it is given up then, and tried again later. */
const DEADLINES: Readonly<Record<ActionKind, number>> = {
  terminate_container: 10_000,
  remove_container: 30_000,
  start_container: 30_000,
  pull_image: 10_000,
  create_container: 30_000,
  apply_dns: 10_000,
  apply_traefik: 15_000,
  apply_wireguard: 20_000,
};

const FAILED_RETRY_MS = 1_000;

function dispatch(effectors: Effectors, action: Action, signal: AbortSignal): Promise<Outcome> {
  switch (action.kind) {
    case 'terminate_container':
      return effectors.terminate_container(action, signal);
    case 'remove_container':
      return effectors.remove_container(action, signal);
    case 'start_container':
      return effectors.start_container(action, signal);
    case 'pull_image':
      return effectors.pull_image(action, signal);
    case 'create_container':
      return effectors.create_container(action, signal);
    case 'apply_dns':
      return effectors.apply_dns(action, signal);
    case 'apply_traefik':
      return effectors.apply_traefik(action, signal);
    case 'apply_wireguard':
      return effectors.apply_wireguard(action, signal);
  }
}

/** The effector's outcome; one that throws or takes too long has failed and is tried again. */
export async function applyAction(
  effectors: Effectors,
  action: Action,
  timers: Timers,
  stop: AbortSignal,
): Promise<Outcome> {
  const what = `${action.kind} ${action.key}`;
  try {
    return await withDeadline(timers, DEADLINES[action.kind], what, (signal) =>
      dispatch(effectors, action, AbortSignal.any([signal, stop])),
    );
  } catch (error) {
    return { outcome: 'retry', afterMs: FAILED_RETRY_MS, message: explain(error) };
  }
}
