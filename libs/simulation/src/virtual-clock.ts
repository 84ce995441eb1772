/**
 * Time that passes only when everything that can run has run. What is due at one moment runs in the order in which it was
 * asked for, one after the other, so the same seed gives the same story.
 */
import type { Clock, Timer, Timers } from '@techulus/ports';
import { turn } from './system-turns.ts';

interface Entry {
  at: number;
  order: number;
  readonly run: () => void;
  readonly everyMs: number | null;
  cancelled: boolean;
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export class VirtualClock implements Clock, Timers {
  private elapsed = 0;
  private order = 0;
  /** A binary heap, the next one first. */
  private readonly heap: Entry[] = [];
  private jumped = 0;
  private readonly epoch = 1_800_000_000_000;

  now(): number {
    return this.epoch + this.elapsed + this.jumped;
  }

  /** The clock on the wall is set, forward or back; time goes on as before. */
  jump(ms: number): void {
    this.jumped += ms;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, run: () => void): Timer {
    return this.add(ms, run, null);
  }

  every(ms: number, run: () => void): Timer {
    return this.add(ms, run, ms);
  }

  private add(ms: number, run: () => void, everyMs: number | null): Timer {
    // A whole millisecond: fractions would make two figures of one moment.
    const at = this.elapsed + Math.max(0, Math.round(ms));
    const entry: Entry = { at, order: (this.order += 1), run, everyMs, cancelled: false };
    this.push(entry);
    return { cancel: () => void (entry.cancelled = true) };
  }

  /** Lets time pass; `afterEach` is called whenever all has come to rest at a moment. */
  async pass(ms: number, afterEach: () => void): Promise<void> {
    const until = this.elapsed + ms;
    await turn();
    afterEach();
    for (let entry = this.heap[0]; entry !== undefined && entry.at <= until; entry = this.heap[0]) {
      this.pop();
      if (entry.cancelled) continue;
      this.elapsed = Math.max(this.elapsed, entry.at);
      if (entry.everyMs !== null) this.again(entry, entry.everyMs);
      entry.run();
      await turn();
      afterEach();
    }
    this.elapsed = until;
  }

  private again(entry: Entry, everyMs: number): void {
    entry.at += everyMs;
    entry.order = this.order += 1;
    this.push(entry);
  }

  private push(entry: Entry): void {
    const { heap } = this;
    heap.push(entry);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const [l, r] = [heap[left], heap[left + 1]];
      if (l === undefined) return;
      const child = r !== undefined && before(r, l) ? left + 1 : left;
      if (!this.swapIfBefore(child, index)) return;
      index = child;
    }
  }

  private swapIfBefore(lower: number, upper: number): boolean {
    const { heap } = this;
    const [low, up] = [heap[lower], heap[upper]];
    if (low === undefined || up === undefined || !before(low, up)) return false;
    heap[lower] = up;
    heap[upper] = low;
    return true;
  }
}
