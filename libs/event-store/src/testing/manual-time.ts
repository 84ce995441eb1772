import type { Clock, Timer, Timers } from '@techulus/ports';

interface Due {
  at: number;
  run(): void;
}

/** A clock that stands until it is moved, and the timers that belong to it. */
export class ManualTime implements Clock, Timers {
  private time = 1_750_000_000_000;
  private due: Due[] = [];

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, run: () => void): Timer {
    const entry = { at: this.time + ms, run };
    this.due.push(entry);
    return { cancel: () => void (this.due = this.due.filter((other) => other !== entry)) };
  }

  every(ms: number, run: () => void): Timer {
    let timer = this.after(ms, again.bind(this));
    function again(this: ManualTime): void {
      timer = this.after(ms, again.bind(this));
      run();
    }
    return { cancel: () => timer.cancel() };
  }

  /** Runs what is due on the way, in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = this.due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.due = this.due.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settle();
    }
    this.time = end;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}
