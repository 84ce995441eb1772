/** Time that stands still until a test lets it pass; between two moments everything that can run has run. */
import type { Clock, Timer, Timers } from '@techulus/ports';

interface Entry {
  at: number;
  readonly order: number;
  readonly run: () => void;
  readonly everyMs: number | null;
}

/** Let promises and I/O callbacks that are ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

export class VirtualTime implements Clock, Timers {
  private elapsed = 0;
  private order = 0;
  private readonly entries = new Set<Entry>();
  private readonly epoch: number;

  constructor(epoch = 1_800_000_000_000) {
    this.epoch = epoch;
  }

  now(): number {
    return this.epoch + this.elapsed;
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
    const entry: Entry = { at: this.elapsed + Math.max(0, ms), order: (this.order += 1), run, everyMs };
    this.entries.add(entry);
    return { cancel: () => void this.entries.delete(entry) };
  }

  private next(until: number): Entry | undefined {
    const due = [...this.entries].filter((entry) => entry.at <= until);
    return due.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
  }

  async advance(ms: number): Promise<void> {
    const until = this.elapsed + ms;
    await settle();
    for (let entry = this.next(until); entry !== undefined; entry = this.next(until)) {
      this.elapsed = Math.max(this.elapsed, entry.at);
      if (entry.everyMs === null) this.entries.delete(entry);
      else entry.at += entry.everyMs;
      entry.run();
      await settle();
    }
    this.elapsed = until;
  }

  /** Until the condition holds; an error after `ms`. */
  async until(what: string, condition: () => boolean, ms = 60_000): Promise<void> {
    const start = this.elapsed;
    await settle();
    while (!condition()) {
      if (this.elapsed - start >= ms) throw new Error(`within ${ms} ms it did not come true that ${what}`);
      await this.advance(20);
    }
  }
}
