/**
 * Keys and what is done with them, on Node's crypto: Ed25519 signatures, X25519 sealed values, HMAC-SHA256, WireGuard
 * key pairs. Keys travel as base64 of their 32 raw bytes.
 */
export { ed25519KeyPair, fingerprint, signEd25519, verifyEd25519, x25519KeyPair, type KeyPair } from './key-pairs.ts';
export { open, seal, SealBroken } from './seal.ts';
export { equalText, hmacSha256, sha256Hex } from './mac.ts';
