/**
 * Since when the control plane can hear: silence and deadlines count only from there. Every process refreshes one row by
 * the database's clock; after a gap (nobody ran) or a jump of the clock they start again. Else a control plane that was
 * away for a minute would find all servers silent and all deadlines passed, and act on it.
 */
import type { EventStore } from '@techulus/event-store';
import type { Clock, Timer, Timers } from '@techulus/ports';
import type { Log } from '../log.ts';

export const HEARING_ROWS = 'hearing';
const KEY = 'control-plane';
const BEAT_EVERY_MS = 2_000;
/** Less than the time after which a server counts as offline. */
const GAP_MS = 8_000;
/** Two reports missed: worth a look at all processes' presence. */
const QUIET_MS = 10_000;

interface HearingRow {
  at: number;
  since: number;
}

export interface HearingParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

export class Hearing {
  private heardSince = Infinity;
  private timer: Timer | undefined;
  /** When this process last took a report of a server. Another process may have taken a later one. */
  private readonly heardAt = new Map<string, number>();

  constructor(private readonly parts: HearingParts) {}

  heard(serverId: string): void {
    this.heardAt.set(serverId, this.parts.clock.now());
  }

  /** Whether this process has not heard one of these servers for a while, though it could. */
  someQuiet(serverIds: Iterable<string>): boolean {
    const now = this.parts.clock.now();
    for (const id of serverIds) if (now - Math.max(this.heardAt.get(id) ?? 0, this.heardSince) > QUIET_MS) return true;
    return false;
  }

  /** By the database's clock. */
  get since(): number {
    return this.heardSince;
  }

  async start(): Promise<void> {
    await this.beat();
    this.timer = this.parts.timers.every(BEAT_EVERY_MS, () => void this.beat().catch((error) => this.missed(error)));
  }

  stop(): void {
    this.timer?.cancel();
  }

  private async beat(): Promise<void> {
    const { store, clock } = this.parts;
    const { result } = await store.transact(async ({ rows }) => {
      const known = await rows.getForUpdate<HearingRow>(HEARING_ROWS, KEY);
      const now = clock.now();
      const gap = known === undefined || now - known.at > GAP_MS || now < known.at - GAP_MS;
      const row: HearingRow = { at: now, since: gap ? now : known.since };
      await rows.put(HEARING_ROWS, KEY, row);
      return row.since;
    });
    this.heardSince = result;
  }

  private missed(error: unknown): void {
    this.parts.log.warn({ err: error }, 'the control plane could not note that it hears');
  }
}
