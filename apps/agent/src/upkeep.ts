/**
 * What is kept true beside the loop, because no section says it: the firewall table, the host's own resolver, tunnels that
 * found no peer yet, images that nothing needs. Each chore stands alone and has a deadline.
 */
import { type Clock, sleep, type Timers, withDeadline } from '@techulus/ports';
import { explain, type Log } from './log.ts';

export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

const DEADLINE_MS = 60_000;
const LOOK_MS = 1_000;

export async function upkeep(
  chores: readonly Chore[],
  { clock, timers, log }: { readonly clock: Clock; readonly timers: Timers; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const due = new Map<string, number>();
  const said = new Map<string, string>();
  while (!signal.aborted) {
    for (const { name, everyMs, run } of chores) {
      if ((due.get(name) ?? 0) > clock.monotonic()) continue;
      due.set(name, clock.monotonic() + everyMs);
      const trouble = await withDeadline(timers, DEADLINE_MS, name, run).then(() => '', explain);
      // Once per trouble, not once per try.
      if (trouble !== '' && said.get(name) !== trouble) log.warn(`${name}: ${trouble}`);
      said.set(name, trouble);
    }
    await sleep(timers, LOOK_MS, signal);
  }
}
