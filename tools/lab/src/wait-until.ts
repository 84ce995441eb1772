import { setTimeout as sleep } from 'node:timers/promises';
import { currentSignal } from './cancellation.ts';
import { LabProblem } from './problem.ts';

export interface WaitOptions {
  readonly what: string;
  readonly seconds: number;
  readonly everyMs?: number;
  /** Asked when time is up: what the last look saw, or where to read on. */
  readonly hint?: () => string;
}

/** Looks until the answer is neither undefined nor false; a condition is waited for, never an amount of time. */
export async function waitUntil<T>(
  look: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + options.seconds * 1000;
  for (;;) {
    currentSignal()?.throwIfAborted();
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > deadline) {
      const hint = options.hint?.() ?? '';
      throw new LabProblem(
        'timeout',
        `${options.what}: not within ${options.seconds} s${hint === '' ? '' : `; ${hint}`}`,
      );
    }
    await sleep(options.everyMs ?? 100);
  }
}
