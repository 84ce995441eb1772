import type { Clock, Timer, Timers } from '@techulus/ports';

const MEASURE_EVERY_MS = 5_000;

/**
 * The database's time, so that all API processes judge silence and deadlines by one clock: measured against this
 * process's monotonic clock, and measured again so that a database whose clock is set is followed.
 */
export class DatabaseClock implements Clock {
  private offset = 0;
  private timer: Timer | undefined;

  constructor(
    private readonly local: Clock,
    private readonly timers: Timers,
    private readonly ask: () => Promise<number>,
  ) {}

  now(): number {
    return Math.round(this.local.monotonic() + this.offset);
  }

  monotonic(): number {
    return this.local.monotonic();
  }

  async start(): Promise<void> {
    await this.measure();
    this.timer = this.timers.every(MEASURE_EVERY_MS, () => void this.measure().catch(() => undefined));
  }

  stop(): void {
    this.timer?.cancel();
  }

  private async measure(): Promise<void> {
    const before = this.local.monotonic();
    const theirs = await this.ask();
    const after = this.local.monotonic();
    this.offset = theirs - (before + after) / 2;
  }
}
