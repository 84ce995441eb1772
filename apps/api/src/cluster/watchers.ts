import type { Timer, Timers } from '@techulus/ports';

interface Watcher {
  changed(): boolean;
  wake(): void;
}

/** Commits come in bursts: those within this time are one answer. */
const COALESCE_MS = 10;

/** Who waits for the cluster to become something else. */
export class Watchers {
  private readonly waiting = new Set<Watcher>();
  private pending: Timer | undefined;

  constructor(private readonly timers: Timers) {}

  get count(): number {
    return this.waiting.size;
  }

  /** Resolves soon after `changed` became true, after `ms`, or when the signal aborts, whichever comes first. */
  wait(changed: () => boolean, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(watcher);
        timer.cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const watcher = { changed, wake };
      const timer = this.timers.after(ms, wake);
      signal.addEventListener('abort', wake);
      this.waiting.add(watcher);
      if (changed()) this.folded();
    });
  }

  /** To be called after every fold. */
  folded(): void {
    this.pending ??= this.timers.after(COALESCE_MS, () => {
      this.pending = undefined;
      for (const watcher of this.waiting) if (watcher.changed()) watcher.wake();
    });
  }

  wakeAll(): void {
    for (const watcher of this.waiting) watcher.wake();
  }
}
