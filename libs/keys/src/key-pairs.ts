import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** Raw 32-byte keys in base64. An X25519 pair is a WireGuard pair (Curve25519, as `wg genkey` makes). */
export interface KeyPair {
  publicKey: string;
  privateKey: string;
}

/** DER prefixes of RFC 8410: what precedes the 32 raw bytes. */
const PRIVATE_PREFIX = { ed25519: '302e020100300506032b657004220420', x25519: '302e020100300506032b656e04220420' };
const PUBLIC_PREFIX = { ed25519: '302a300506032b6570032100', x25519: '302a300506032b656e032100' };
export type Curve = keyof typeof PRIVATE_PREFIX;

function raw(key: string): Buffer {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 32) throw new Error('a key must be 32 bytes in base64');
  return bytes;
}

export function privateKeyObject(curve: Curve, key: string): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([Buffer.from(PRIVATE_PREFIX[curve], 'hex'), raw(key)]),
    format: 'der',
    type: 'pkcs8',
  });
}

export function publicKeyObject(curve: Curve, key: string): KeyObject {
  return createPublicKey({
    key: Buffer.concat([Buffer.from(PUBLIC_PREFIX[curve], 'hex'), raw(key)]),
    format: 'der',
    type: 'spki',
  });
}

export function rawPublic(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

function exported(pair: { publicKey: KeyObject; privateKey: KeyObject }): KeyPair {
  const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64');
  return { publicKey: rawPublic(pair.publicKey), privateKey };
}

export function ed25519KeyPair(): KeyPair {
  return exported(generateKeyPairSync('ed25519'));
}

export function x25519KeyPair(): KeyPair {
  return exported(generateKeyPairSync('x25519'));
}

/** The signature of the UTF-8 text, base64. */
export function signEd25519(privateKey: string, text: string): string {
  return sign(null, Buffer.from(text), privateKeyObject('ed25519', privateKey)).toString('base64');
}

export function verifyEd25519(publicKey: string, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64');
  return bytes.length === 64 && verify(null, Buffer.from(text), publicKeyObject('ed25519', publicKey), bytes);
}

/** The first 16 bytes of the key's SHA-256, url-safe base64: what a registration token carries. */
export function fingerprint(publicKey: string): string {
  return createHash('sha256').update(raw(publicKey)).digest().subarray(0, 16).toString('base64url');
}
