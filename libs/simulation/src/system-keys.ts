/** Key pairs that follow from a text, so that the same seed makes the same cluster. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyPair } from '@techulus/keys';

/** RFC 8410: what precedes the 32 raw bytes of a private key. */
const PREFIX = { ed25519: '302e020100300506032b657004220420', x25519: '302e020100300506032b656e04220420' };

const made = new Map<string, KeyPair>();

export function keyPairOf(curve: keyof typeof PREFIX, text: string): KeyPair {
  const known = made.get(`${curve}/${text}`);
  if (known !== undefined) return known;
  const raw = createHash('sha256').update(`${curve}/${text}`).digest();
  const der = Buffer.concat([Buffer.from(PREFIX[curve], 'hex'), raw]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const pair = { publicKey: publicKey.toString('base64'), privateKey: raw.toString('base64') };
  made.set(`${curve}/${text}`, pair);
  return pair;
}
