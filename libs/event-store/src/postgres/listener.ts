import type { Timer, Timers } from '@techulus/ports';
import pg from 'pg';

/** The channel on which a process tells the others how far the log has got. */
export const EVENTS_CHANNEL = 'techulus_events';

const RECONNECT_MS = 250;
const CONNECT_WITHIN_MS = 5_000;

type OnWake = (position: number) => void;

/**
 * A connection of its own that listens for commits of other processes. While it is away, subscriptions look once a
 * second by themselves; when it is back, they look at once, since what was said meanwhile is lost.
 */
export class LogListener {
  private readonly listeners = new Set<OnWake>();
  private client: pg.Client | undefined;
  private retry: Timer | undefined;
  private closed = false;

  private readonly url: string;
  private readonly timers: Timers;

  constructor(url: string, timers: Timers) {
    this.url = url;
    this.timers = timers;
  }

  /** Never rejects: a database that is away now is tried again. */
  async start(): Promise<void> {
    if (this.closed) return;
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      application_name: 'techulus-listen',
    });
    this.client = client;
    client.on('notification', ({ payload }) => this.wake(Number(payload) || Infinity));
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    try {
      await client.connect();
      await client.query(`listen ${EVENTS_CHANNEL}`);
      this.wake(Infinity);
    } catch {
      this.lost(client);
    }
  }

  onWake(listener: OnWake): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  wake(position: number): void {
    for (const listener of this.listeners) listener(position);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.retry?.cancel();
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** An error is followed by an end: only the first of them counts. */
  private lost(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    void client.end().catch(() => undefined);
    if (!this.closed) this.retry = this.timers.after(RECONNECT_MS, () => void this.start());
  }
}
