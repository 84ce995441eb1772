import { type Clock, sleep, type Timers } from '@techulus/ports';
import { backoffMs } from '../backoff.ts';
import { explain, type Log } from '../log.ts';
import type { Podman } from './podman.ts';

export interface EventsParts {
  readonly podman: Pick<Podman, 'follow'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wake: () => void;
  readonly log: Log;
}

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/** Podman's events ring the bell; a stream that ended is opened again, and rings too: something may have been missed. */
export async function followEvents(
  { podman, clock, timers, wake, log }: EventsParts,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const since = clock.monotonic();
    const message = await podman.follow(wake, signal).then(() => 'it ended', explain);
    if (signal.aborted) return;
    failures = clock.monotonic() - since > LONGEST_RETRY_MS ? 1 : failures + 1;
    if (failures === 1) log.warn(`Podman's event stream: ${message}; opening it again`);
    await sleep(timers, backoffMs(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS), signal);
    wake();
  }
}
