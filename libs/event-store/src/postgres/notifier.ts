import { EVENTS_CHANNEL } from './listener.ts';

/**
 * Tells other processes about commits, after them and coalesced: while one NOTIFY is on its way, later commits share the
 * next one. (Inside the transaction it would halve the log's throughput.) One that fails is not repeated; the others look
 * by themselves within a second.
 */
export class CommitNotifier {
  private pending = 0;
  private sending: Promise<void> | undefined;
  private readonly send: (channel: string, payload: string) => Promise<unknown>;

  constructor(send: (channel: string, payload: string) => Promise<unknown>) {
    this.send = send;
  }

  committed(position: number): void {
    this.pending = Math.max(this.pending, position);
    this.sending ??= this.drain();
  }

  async settled(): Promise<void> {
    await this.sending;
  }

  private async drain(): Promise<void> {
    while (this.pending > 0) {
      const position = this.pending;
      this.pending = 0;
      await this.send(EVENTS_CHANNEL, String(position)).catch(() => undefined);
    }
    this.sending = undefined;
  }
}
