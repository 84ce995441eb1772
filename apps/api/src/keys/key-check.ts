import type { EventStore } from '@techulus/event-store';
import type { ControlPlaneKey } from './control-plane-key.ts';
import { type MasterKey, MasterKeyMismatch } from './master-key.ts';

const KIND = 'key_check';
const TEXT = 'techulus';

interface KeyCheckRow {
  ciphertext: string;
  controlPlaneKey: string;
}

/** A database with other keys than its own would lose every secret and every server, one by one: better not to start. */
export async function checkKeys(
  store: EventStore,
  masterKey: MasterKey,
  controlPlaneKey: ControlPlaneKey,
): Promise<void> {
  await store.transact(async ({ rows }) => {
    const known = await rows.getForUpdate<KeyCheckRow>(KIND, KIND);
    if (known === undefined) {
      const row: KeyCheckRow = {
        ciphertext: masterKey.encrypt(KIND, TEXT),
        controlPlaneKey: controlPlaneKey.publicKey,
      };
      return rows.put(KIND, KIND, row);
    }
    if (masterKey.decrypt(KIND, known.ciphertext) !== TEXT) throw new MasterKeyMismatch(KIND);
    if (known.controlPlaneKey !== controlPlaneKey.publicKey) {
      throw new Error(
        'control-plane.key is not the one that this database was made with: the servers would not believe this control plane; put it back',
      );
    }
  });
}
