import type { Timers } from '@techulus/ports';

/** A bell: a ring while nobody waits is kept for the next one who does; many rings are one. */
export class Wake {
  private rung = false;
  private waiter: (() => void) | null = null;
  private readonly timers: Timers;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  readonly ring = (): void => {
    this.rung = true;
    this.waiter?.();
  };

  /** Until it rings, `ms` have passed or the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = this.timers.after(ms, () => this.waiter?.(), { keepAlive: true });
        const aborted = (): void => this.waiter?.();
        signal.addEventListener('abort', aborted, { once: true });
        this.waiter = () => {
          this.waiter = null;
          timer.cancel();
          signal.removeEventListener('abort', aborted);
          resolve();
        };
      });
    }
    this.rung = false;
  }
}
