import type { Decide, WriteRows } from '@techulus/api/commands/execute.ts';
import { type Ciphertexts, secretReference } from '@techulus/api/keys/ciphertexts.ts';
import { writeSecret } from '@techulus/domain';

interface Written {
  readonly id: string;
  readonly version: number;
}

/** The command that writes a secret, and its ciphertext in the same transaction. */
export function writeSecretValue(name: string, ciphertexts: Ciphertexts): [Decide<Written>, WriteRows<Written>] {
  return [
    (draft) => writeSecret(draft, { name }),
    ({ id, version }, rows) => ciphertexts.write(rows, secretReference(id, version), `the value of ${name}`),
  ];
}
