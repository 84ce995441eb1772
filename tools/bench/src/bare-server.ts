/**
 * The floor under a signed poll: `node:http` alone, which proves the request's HMAC, signs the answer and says 304. It
 * looks nothing up, validates nothing, waits for nothing.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerToSign, HEADERS, requestToSign } from '@techulus/contract';
import { hmacSha256, sha256Hex } from '@techulus/keys';

const NOTHING = sha256Hex('');

export function serveBare(secretsFile: string): void {
  const secrets = JSON.parse(readFileSync(secretsFile, 'utf8')) as Record<string, string>;
  const server = createServer((request, response) => {
    const { headers, method = '', url: path = '' } = request;
    const text = (name: string): string => String(headers[name]);
    const [id, nonce] = [text(HEADERS.server), text(HEADERS.nonce)];
    const [timestamp, sequence] = [Number(text(HEADERS.timestamp)), Number(text(HEADERS.sequence))];
    const secret = secrets[id] ?? '';
    const asked = requestToSign({ server: id, timestamp, nonce, sequence, method, path, bodyHash: NOTHING });
    if (hmacSha256(secret, asked) !== headers[HEADERS.signature]) {
      response.writeHead(401).end();
      return;
    }
    const [time, etag] = [Date.now(), text('if-none-match')];
    const answered = answerToSign({ nonce, status: 304, time, entityTag: etag, bodyHash: NOTHING });
    response.writeHead(304, {
      [HEADERS.time]: String(time),
      'cache-control': 'no-store',
      etag,
      [HEADERS.signature]: hmacSha256(secret, answered),
    });
    response.end();
  });
  server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
  process.once('SIGTERM', () => process.exit(0));
}
