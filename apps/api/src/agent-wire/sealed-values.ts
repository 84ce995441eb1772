import type { EventStore } from '@techulus/event-store';
import { fingerprint, seal } from '@techulus/keys';
import type { Server } from '@techulus/domain';
import type { Ciphertexts } from '../keys/ciphertexts.ts';
import type { Log } from '../log.ts';

const KIND = 'sealed';

/**
 * Values sealed to one server's own key: once per (server's key, reference), and stored, so that every process sends the
 * same bytes and the master key is needed once.
 */
export class SealedValues {
  private readonly known = new Map<string, string>();

  constructor(
    private readonly store: EventStore,
    private readonly ciphertexts: Ciphertexts,
    private readonly log: Log,
  ) {}

  async sealedFor(server: Server, references: readonly string[]): Promise<Record<string, string>> {
    const key = server.registration?.keys.sealingKey;
    const sealed: Record<string, string> = {};
    for (const reference of key === undefined ? [] : references) {
      const value = await this.one(server.id, key ?? '', reference);
      if (value === undefined)
        this.log.warn({ server: server.id, reference }, 'a value that a server needs is not stored any more');
      else sealed[reference] = value;
    }
    return sealed;
  }

  private async one(serverId: string, sealingKey: string, reference: string): Promise<string | undefined> {
    const row = `${serverId}/${fingerprint(sealingKey)}/${reference}`;
    const known = this.known.get(row) ?? (await this.store.rows.get<{ sealed: string }>(KIND, row))?.sealed;
    const sealed = known ?? (await this.make(row, sealingKey, reference));
    if (sealed !== undefined) this.known.set(row, sealed);
    return sealed;
  }

  private async make(row: string, sealingKey: string, reference: string): Promise<string | undefined> {
    const text = await this.ciphertexts.read(reference);
    if (text === undefined) return undefined;
    const { result } = await this.store.transact(async ({ rows }) => {
      const first = await rows.getForUpdate<{ sealed: string }>(KIND, row);
      if (first !== undefined) return first.sealed; // another process was faster: its bytes count
      const sealed = seal(sealingKey, text);
      await rows.put(KIND, row, { sealed });
      return sealed;
    });
    return result;
  }
}
