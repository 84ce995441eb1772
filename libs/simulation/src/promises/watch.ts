import type { Presence } from '@techulus/domain';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../machine.ts';

export const OFFLINE_MS = 15_000;

/** What the promises read of a presence row. */
interface Row {
  readonly seenAt: number;
  readonly sequence: number;
  readonly acks: Presence['acks'];
}

/** What is remembered of the past, so that a promise about it can be checked. */
export class Watch {
  readonly cluster: Cluster;
  private readonly rows = new Map<string, { text: string; row: Row }>();
  /** When a machine was last silent for as long as makes it offline. */
  private readonly silentAt = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Machines whose server is in the mesh. */
  members(): { machine: Machine; id: string }[] {
    return this.cluster.machines.flatMap((machine) => {
      const server = this.cluster.truth.servers.get(machine.serverId);
      return server?.registration == null || server.removed ? [] : [{ machine, id: server.id }];
    });
  }

  presence(id: string): Row | null {
    const text = this.cluster.database.row('presence', id);
    if (text === undefined) return null;
    const known = this.rows.get(id);
    if (known?.text === text) return known.row;
    const row = JSON.parse(text) as Row;
    if (known !== undefined && row.sequence <= known.row.sequence)
      this.cluster.broken(
        'report replayed',
        `${id}: a report with sequence ${row.sequence} came after ${known.row.sequence}`,
      );
    this.rows.set(id, { text, row });
    return row;
  }

  hearingSince(): number {
    const text = this.cluster.database.row('hearing', 'control-plane');
    return text === undefined ? 0 : (JSON.parse(text) as { since: number }).since;
  }

  noteSilence(): void {
    const { clock } = this.cluster;
    for (const { id } of this.members()) {
      const row = this.presence(id);
      if (row === null || clock.now() - row.seenAt >= OFFLINE_MS - 1_000) this.silentAt.set(id, clock.now());
    }
  }

  /** It was heard of without a break that would make it offline, since that time. */
  wasHeardSince(id: string, since: number): boolean {
    return (this.silentAt.get(id) ?? 0) < since;
  }
}
