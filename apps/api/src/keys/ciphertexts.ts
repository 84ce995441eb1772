/**
 * Values that must never be in the log: under a reference (`secret/<id>@<version>`, `registry/<host>@<version>`,
 * `agent/<server>@<version>`), encrypted under the master key, in a row of its own that can be erased.
 */
import type { RowAccess, RowReader } from '@techulus/event-store';
import type { MasterKey } from './master-key.ts';

const KIND = 'ciphertext';

export const secretReference = (id: string, version: number): string => `secret/${id}@${version}`;
/** The value is the JSON of the contract's `RegistryAccess`. */
export const registryReference = (host: string, version: number): string => `registry/${host}@${version}`;
/** The HMAC secret that a server signs its requests with. */
export const agentReference = (serverId: string, version: number): string => `agent/${serverId}@${version}`;

export class Ciphertexts {
  constructor(
    private readonly rows: RowReader,
    private readonly masterKey: MasterKey,
  ) {}

  /** In the transaction of the command that made the reference. */
  async write(rows: RowAccess, reference: string, text: string): Promise<void> {
    await rows.put(KIND, reference, { ciphertext: this.masterKey.encrypt(reference, text) });
  }

  async read(reference: string): Promise<string | undefined> {
    const row = await this.rows.get<{ ciphertext: string }>(KIND, reference);
    return row === undefined ? undefined : this.masterKey.decrypt(reference, row.ciphertext);
  }

  async erase(rows: RowAccess, reference: string): Promise<void> {
    await rows.delete(KIND, reference);
  }
}
