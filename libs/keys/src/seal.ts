import { createCipheriv, createDecipheriv, diffieHellman, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { privateKeyObject, publicKeyObject, rawPublic } from './key-pairs.ts';

export class SealBroken extends Error {
  readonly code = 'seal_broken';
  constructor() {
    super('the sealed value cannot be opened with this key');
    this.name = 'SealBroken';
  }
}

function key(shared: Buffer, ephemeral: Buffer, recipient: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), 'techulus-seal-1', 32));
}

/**
 * The text so that only the holder of the X25519 key can read it: ephemeral X25519, HKDF-SHA256, AES-256-GCM
 * (the shape of HPKE's base mode, RFC 9180). Base64 of ephemeral key (32) | tag (16) | ciphertext. The derived key is
 * used once, so the nonce is zero.
 */
export function seal(recipientPublicKey: string, text: string): string {
  const pair = generateKeyPairSync('x25519');
  const ephemeral = Buffer.from(rawPublic(pair.publicKey), 'base64');
  const recipient = Buffer.from(recipientPublicKey, 'base64');
  const shared = diffieHellman({
    privateKey: pair.privateKey,
    publicKey: publicKeyObject('x25519', recipientPublicKey),
  });
  const cipher = createCipheriv('aes-256-gcm', key(shared, ephemeral, recipient), Buffer.alloc(12));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([ephemeral, cipher.getAuthTag(), body]).toString('base64');
}

/** The sealed text, or SealBroken. */
export function open(recipient: { publicKey: string; privateKey: string }, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < 48) throw new SealBroken();
  try {
    const ephemeral = bytes.subarray(0, 32);
    const shared = diffieHellman({
      privateKey: privateKeyObject('x25519', recipient.privateKey),
      publicKey: publicKeyObject('x25519', ephemeral.toString('base64')),
    });
    const derived = key(shared, ephemeral, Buffer.from(recipient.publicKey, 'base64'));
    const decipher = createDecipheriv('aes-256-gcm', derived, Buffer.alloc(12)).setAuthTag(bytes.subarray(32, 48));
    return Buffer.concat([decipher.update(bytes.subarray(48)), decipher.final()]).toString('utf8');
  } catch {
    throw new SealBroken();
  }
}
