/** Polls in IDLE: at most one in flight, starts at most 10 s and at least 200 ms apart, slower while they fail. */
import type { Clock, Timer, Timers } from '@techulus/ports';
import { backoffMs } from './backoff.ts';
import type { ExpectedStore } from './expected-store.ts';
import { explain, type Log } from './log.ts';
import type { ControlPlane, Poll } from './ports.ts';

const WAIT_SECONDS = 10;
const APART_MS = 200;
const SLOWEST_MS = 10_000;

export interface PollerParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controlPlane: ControlPlane;
  readonly expected: ExpectedStore;
  readonly log: Log;
  /** Something was accepted, or this server was removed. */
  readonly wake: () => void;
  readonly removed: () => void;
}

export class Poller {
  private readonly parts: PollerParts;
  private flight: AbortController | null = null;
  private timer: Timer | null = null;
  private startedAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private active = false;

  constructor(parts: PollerParts) {
    this.parts = parts;
  }

  /** Polls from now on, one after the other, until dropped; answers in how many milliseconds the first one starts. */
  begin(): number {
    this.active = true;
    return this.schedule();
  }

  /** The poll in flight is dropped, and none is made. */
  drop(): void {
    this.active = false;
    this.timer?.cancel();
    this.timer = null;
    this.flight?.abort();
    this.flight = null;
  }

  /** The way is open again: a poll that was sent into the void is not waited for. */
  renew(): void {
    if (!this.active) return;
    this.drop();
    this.failures = 0;
    this.begin();
  }

  private schedule(): number {
    if (!this.active || this.timer !== null || this.flight !== null) return 0;
    const apart = this.failures === 0 ? APART_MS : backoffMs(this.failures, APART_MS, SLOWEST_MS);
    const wait = Math.max(0, this.startedAt + apart - this.parts.clock.monotonic());
    this.timer = this.parts.timers.after(wait, () => void this.once(), { keepAlive: true });
    return wait;
  }

  private async once(): Promise<void> {
    this.timer = null;
    const flight = new AbortController();
    this.flight = flight;
    this.startedAt = this.parts.clock.monotonic();
    try {
      const poll = await this.parts.controlPlane.poll(this.parts.expected.held(), WAIT_SECONDS, flight.signal);
      // An answer that lost the race against `drop` is no longer wanted: the next poll gets it again.
      if (flight.signal.aborted) return;
      await this.take(poll);
    } catch (error) {
      if (flight.signal.aborted) return;
      this.failures += 1;
      if (this.failures === 1) this.parts.log.warn(`polling failed, trying again: ${explain(error)}`);
    } finally {
      if (this.flight === flight) {
        this.flight = null;
        this.schedule();
      }
    }
  }

  private async take(poll: Poll): Promise<void> {
    if (poll.kind === 'removed') {
      this.drop();
      this.parts.removed();
      return;
    }
    if (poll.kind === 'answer') {
      const acceptance = await this.parts.expected.accept(poll.answer);
      if (acceptance.outcome === 'refused')
        throw new Error(`an answer was refused (${acceptance.code}): ${acceptance.message}`);
      this.parts.controlPlane.alsoAt(poll.answer.controlPlanes);
      this.parts.wake();
    }
    if (this.failures > 0) this.parts.log.info('polling again');
    this.failures = 0;
  }
}
