/**
 * Follows a log: reads from where it stands, hands on, and looks again when it is woken, or after a second in any case.
 * Waking is only ever a hint. A wake-up that is lost (a dead LISTEN connection, a process that was killed between its
 * commit and its NOTIFY) costs that second, never an event.
 */
import { sleep, type Clock, type Timers } from '@techulus/ports';
import { asError, SubscriptionClosed } from './errors.ts';
import type { OnEvents, ReadOptions, StoredEvent, Subscription } from './event-store.ts';

const PAGE = 500;
const LOOK_EVERY_MS = 1000;

export interface LogSource {
  read(options: ReadOptions): Promise<StoredEvent[]>;
  /** Calls with the position that is said to exist now; Infinity when it is not known. Returns how to stop. */
  onWake(listener: (position: number) => void): () => void;
}

export interface FollowerOptions {
  after: number;
  onEvents: OnEvents;
  clock: Clock;
  timers: Timers;
}

interface Waiter {
  position: number;
  resolve(): void;
  reject(error: Error): void;
}

export class LogFollower implements Subscription {
  position: number;
  confirmedAt = -Infinity;
  failure: Error | undefined;
  private wanted = Infinity;
  private pause = new AbortController();
  private closed = false;
  private waiters: Waiter[] = [];
  private readonly stopWaking: () => void;
  private readonly running: Promise<void>;
  private readonly source: LogSource;
  private readonly options: FollowerOptions;

  constructor(source: LogSource, options: FollowerOptions) {
    this.source = source;
    this.options = options;
    this.position = options.after;
    this.stopWaking = source.onWake((position) => this.wake(position));
    this.running = this.run();
  }

  caughtUp(position: number): Promise<void> {
    if (this.position >= position) return Promise.resolve();
    const ended = this.failure ?? (this.closed ? new SubscriptionClosed() : undefined);
    if (ended) return Promise.reject(ended);
    this.wake(position);
    return new Promise((resolve, reject) => this.waiters.push({ position, resolve, reject }));
  }

  async close(): Promise<void> {
    this.end(new SubscriptionClosed());
    await this.running;
  }

  private wake(position: number): void {
    if (position <= this.position) return;
    this.wanted = Math.max(this.wanted, position);
    this.pause.abort();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const more = await this.look().catch(() => false); // an unreachable database is asked again after the pause
      if (!more) await this.rest();
    }
  }

  /** Reads and hands on one page; true when there is reason to read on at once. */
  private async look(): Promise<boolean> {
    this.wanted = 0;
    const askedAt = this.options.clock.monotonic();
    const events = await this.source.read({ after: this.position, limit: PAGE });
    const last = events.at(-1);
    if (last && !(await this.handOn(events, last.position))) return false;
    if (events.length === PAGE) return true;
    this.confirmedAt = askedAt;
    return this.wanted > this.position;
  }

  private async handOn(events: StoredEvent[], position: number): Promise<boolean> {
    if (this.closed) return false;
    try {
      await this.options.onEvents(events);
    } catch (thrown) {
      this.failure = asError(thrown);
      this.end(this.failure);
      return false;
    }
    this.position = position;
    const reached = this.waiters.filter((waiter) => waiter.position <= position);
    this.waiters = this.waiters.filter((waiter) => waiter.position > position);
    for (const waiter of reached) waiter.resolve();
    return true;
  }

  private async rest(): Promise<void> {
    if (this.wanted > this.position || this.closed) return; // woken, or closed, since the look ended
    this.pause = new AbortController();
    await sleep(this.options.timers, LOOK_EVERY_MS, this.pause.signal);
  }

  private end(error: Error): void {
    this.closed = true;
    this.pause.abort();
    this.stopWaking();
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}
