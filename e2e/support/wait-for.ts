import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface Deadline {
  readonly seconds?: number;
  readonly everyMs?: number;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function show(value: unknown): string {
  return value instanceof Error ? String(value) : inspect(value, { depth: 8, breakLength: 140, maxStringLength: 2000 });
}

/** Looks until what is seen is as wanted, and answers it. A look that throws counts as not yet: tests cut off what they look at. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T> | T,
  wanted: (seen: T) => boolean,
  { seconds: limit = 60, everyMs = 100 }: Deadline = {},
): Promise<T> {
  const start = performance.now();
  let last: unknown = 'nothing';
  for (;;) {
    try {
      const seen = await look();
      if (wanted(seen)) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    if (secondsSince(start) > limit) throw new Error(`not within ${limit} s: ${what}; last seen: ${show(last)}`);
    await pause(everyMs);
  }
}

/** A promise in seconds is measured and printed, and asserted at five times as much: these machines are shared. */
export function expectWithin(what: string, promised: number, measured: number): void {
  process.stderr.write(`${what}: ${seconds(measured * 1000)} s (promised: ${promised} s)\n`);
  expect(measured).toBeLessThan(5 * promised);
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
