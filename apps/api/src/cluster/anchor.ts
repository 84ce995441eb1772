import type { Timer, Timers } from '@techulus/ports';
import type { Log } from '../log.ts';
import type { LiveCluster } from './live-cluster.ts';

const EVERY_MS = 60_000;

/** Notes the head of the hash chain outside the database, in the log's lines: events cut off at the end show against it. */
export class Anchor {
  private timer: Timer | undefined;
  private noted = 0;

  constructor(
    private readonly live: LiveCluster,
    private readonly timers: Timers,
    private readonly log: Log,
  ) {}

  start(): void {
    this.timer = this.timers.every(EVERY_MS, () => this.note());
  }

  stop(): void {
    this.timer?.cancel();
    this.note();
  }

  private note(): void {
    const { head, epoch } = this.live;
    if (head.position === this.noted) return;
    this.noted = head.position;
    this.log.info({ epoch, ...head }, 'head of the log');
  }
}
