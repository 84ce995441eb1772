import type { EventStore } from '@techulus/event-store';
import type { ControlPlaneKey } from './control-plane-key.ts';
import { type MasterKey, MasterKeyMismatch } from './master-key.ts';

export const KEY_CHECK_ROWS = 'key_check';
const TEXT = 'techulus';

interface KeyCheckRow {
  ciphertext: string;
  controlPlaneKey: string;
}

/** Throws where the row was not encrypted under this key. */
export function requireOpens(masterKey: MasterKey, row: unknown): void {
  const { ciphertext } = row as KeyCheckRow;
  if (masterKey.decrypt(KEY_CHECK_ROWS, ciphertext) !== TEXT) throw new MasterKeyMismatch(KEY_CHECK_ROWS);
}

/** A database with other keys than its own would lose every secret and every server, one by one: better not to start. */
export async function checkKeys(
  store: EventStore,
  masterKey: MasterKey,
  controlPlaneKey: ControlPlaneKey,
): Promise<void> {
  await store.transact(async ({ rows }) => {
    const known = await rows.getForUpdate<KeyCheckRow>(KEY_CHECK_ROWS, KEY_CHECK_ROWS);
    if (known === undefined) {
      const row: KeyCheckRow = {
        ciphertext: masterKey.encrypt(KEY_CHECK_ROWS, TEXT),
        controlPlaneKey: controlPlaneKey.publicKey,
      };
      return rows.put(KEY_CHECK_ROWS, KEY_CHECK_ROWS, row);
    }
    requireOpens(masterKey, known);
    if (known.controlPlaneKey !== controlPlaneKey.publicKey) {
      throw new Error(
        'control-plane.key is not the one that this database was made with: the servers would not believe this control plane; put it back',
      );
    }
  });
}
