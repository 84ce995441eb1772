/**
 * A process that can be killed between any two steps. Killed, it takes no further one: its timers never ring, what it waits
 * for never comes, what it asks of the world is not done.
 */
import type { Timer, Timers } from '@techulus/ports';

const NEVER = new Promise<never>(() => undefined);

export class SimulatedProcess {
  alive = true;
  readonly timers: Timers;
  private readonly pending = new Set<Timer>();
  private readonly ends = new Set<() => void>();

  constructor(timers: Timers) {
    this.timers = {
      after: (ms, run) => this.set((done) => timers.after(ms, () => (done(), run()))),
      every: (ms, run) => this.set(() => timers.every(ms, run)),
    };
  }

  private set(begin: (done: () => void) => Timer): Timer {
    const timer = begin(() => this.pending.delete(own));
    const own: Timer = {
      cancel: () => {
        this.pending.delete(own);
        timer.cancel();
      },
    };
    if (this.alive) this.pending.add(own);
    else timer.cancel();
    return own;
  }

  /** Answers how to take it back. */
  onEnd(run: () => void): () => void {
    this.ends.add(run);
    return () => void this.ends.delete(run);
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const timer of [...this.pending]) timer.cancel();
    for (const end of [...this.ends]) end();
  }

  /** The outcome, if this process still lives to see it. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => (this.alive ? resolve(value) : undefined),
        (error: unknown) => (this.alive ? reject(error as Error) : undefined),
      );
    });
  }

  /** The port as this process has it; `own` takes the place of what it has by itself. */
  port<T extends object>(target: T, own: Partial<T> = {}): T {
    return new Proxy(target, {
      get: (_, name) => {
        if (Object.hasOwn(own, name)) return Reflect.get(own, name) as unknown;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (!this.alive) return NEVER;
          const result: unknown = Reflect.apply(value, target, args);
          return result instanceof Promise ? this.guard(result) : result;
        };
      },
    });
  }
}
