/**
 * The key that every stored secret is encrypted under: AES-256-GCM with the value's reference as additional data, so that
 * a ciphertext moved to another place does not open. Kept outside the database: a dump alone reveals nothing.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '@techulus/ports';
import { join } from 'node:path';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

export class MasterKeyMismatch extends Error {
  readonly code = 'master_key_mismatch';
  constructor(what: string) {
    super(`${what} cannot be decrypted with this master key: put back the master.key that belongs to this database`);
    this.name = 'MasterKeyMismatch';
  }
}

export const MASTER_KEY_FILE = 'master.key';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class MasterKey {
  constructor(
    private readonly key: Buffer,
    private readonly random: Random,
  ) {}

  /** Base64 of nonce (12) | tag (16) | ciphertext. */
  encrypt(reference: string, text: string): string {
    const nonce = this.random.bytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(reference));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
  }

  decrypt(reference: string, ciphertext: string): string {
    const bytes = Buffer.from(ciphertext, 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(reference))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        'utf8',
      );
    } catch {
      throw new MasterKeyMismatch(reference);
    }
  }
}

/** The key in the state directory, made at the first start. */
export function openMasterKey(stateDirectory: string, random: Random): MasterKey {
  const path = join(stateDirectory, MASTER_KEY_FILE);
  const known = readSecretFile(path);
  const key = known === undefined ? Buffer.from(random.bytes(32)) : Buffer.from(known, 'base64');
  if (known === undefined) writeSecretFile(path, `${key.toString('base64')}\n`);
  if (key.length !== 32) throw new MasterKeyMismatch(path);
  return new MasterKey(key, random);
}
