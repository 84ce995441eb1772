/** This server as it is, section by section; one that cannot be seen in time is unobserved, the others go on. */
import { type Clock, type Timers, withDeadline } from '@techulus/ports';
import type {
  ActualContainers,
  ActualState,
  ActualWireguard,
  AppliedSection,
  ExpectedState,
  Observed,
} from '@techulus/reconcile';
import type { Observation } from './agent-state.ts';
import { explain } from './log.ts';

const DEADLINE_MS = 5_000;

export type Observe<T> = (expected: ExpectedState | null, signal: AbortSignal) => Promise<Observed<T>>;

/** How each section is observed: the folders podman/, dns/, traefik/ and wireguard/. */
export interface Observers {
  readonly containers: Observe<ActualContainers>;
  readonly dns: Observe<AppliedSection>;
  readonly traefik: Observe<AppliedSection>;
  readonly wireguard: Observe<ActualWireguard>;
}

export function observer(
  observers: Observers,
  clock: Clock,
  timers: Timers,
): (expected: ExpectedState | null) => Promise<Observation> {
  const attempt = async <T>(
    what: string,
    observe: Observe<T>,
    expected: ExpectedState | null,
  ): Promise<Observed<T>> => {
    try {
      return await withDeadline(timers, DEADLINE_MS, `observing ${what}`, (signal) => observe(expected, signal));
    } catch (error) {
      return { observed: false, reason: explain(error) };
    }
  };
  return async (expected) => {
    const at = clock.monotonic();
    const [containers, dns, traefik, wireguard] = await Promise.all([
      attempt('containers', observers.containers, expected),
      attempt('dns', observers.dns, expected),
      attempt('traefik', observers.traefik, expected),
      attempt('wireguard', observers.wireguard, expected),
    ]);
    const actual: ActualState = { containers, dns, traefik, wireguard };
    return { expected, actual, at };
  };
}
