import { readFileSync } from 'node:fs';
import { answerToSign, requestToSign } from '@techulus/contract';
import { hmacSha256, sha256Hex } from '@techulus/keys';

/** docs/wire.md is what somebody writes an agent from: its example must be true. */
describe('the worked example of docs/wire.md', () => {
  const page = readFileSync('docs/wire.md', 'utf8');
  const secret = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');
  const nonce = '000102030405060708090a0b0c0d0e0f';
  const empty = sha256Hex('');

  it.each([
    [
      'request',
      requestToSign({
        server: '01900000-0000-7000-8000-000000000001',
        timestamp: 1_767_225_600_000,
        nonce,
        sequence: 42,
        method: 'get',
        path: '/api/v1/agent/expected-state',
        bodyHash: empty,
      }),
    ],
    [
      'answer',
      answerToSign({
        nonce,
        status: 304,
        time: 1_767_225_600_250,
        entityTag: '"1.120.1;1.118.1;1.7.1;1.7.1"',
        bodyHash: empty,
      }),
    ],
  ])('has the text and the signature of the %s', (_, text) => {
    expect(page).toContain(`\n${text}\n`);
    expect(page).toContain(`Techulus-Signature: ${hmacSha256(secret, text)}`);
    expect(page).toContain(secret);
  });
});
