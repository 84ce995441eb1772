import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 (RFC 2104) of the UTF-8 text, base64; the secret is base64. A key object: Node takes four times as long over bytes. */
export function hmacSha256(secret: string, text: string): string {
  return createHmac('sha256', createSecretKey(secret, 'base64')).update(text).digest('base64');
}

export function sha256Hex(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Compares in constant time; texts of different lengths differ. */
export function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
