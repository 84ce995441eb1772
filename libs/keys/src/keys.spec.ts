import {
  ed25519KeyPair,
  equalText,
  fingerprint,
  hmacSha256,
  open,
  seal,
  SealBroken,
  sha256Hex,
  signEd25519,
  verifyEd25519,
  x25519KeyPair,
} from './index.ts';

describe('a sealed value', () => {
  const owner = x25519KeyPair();
  it('is opened by its owner only', () => {
    const sealed = seal(owner.publicKey, 'the value: äöü');
    expect(open(owner, sealed)).toBe('the value: äöü');
    expect(sealed).not.toContain(Buffer.from('the value').toString('base64').slice(0, 8));
    expect(() => open(x25519KeyPair(), sealed)).toThrow(SealBroken);
  });
  it.each(['', 'AAAA', 'A'.repeat(100)])('that is broken (%s) is refused', (sealed) => {
    expect(() => open(owner, sealed)).toThrow(SealBroken);
  });
  it('that was altered is refused', () => {
    const bytes = Buffer.from(seal(owner.publicKey, 'value'), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => open(owner, bytes.toString('base64'))).toThrow(SealBroken);
  });
});

describe('a signature', () => {
  const pair = ed25519KeyPair();
  it('holds for its text and key only', () => {
    const signature = signEd25519(pair.privateKey, 'text');
    expect(verifyEd25519(pair.publicKey, 'text', signature)).toBe(true);
    expect(verifyEd25519(pair.publicKey, 'texT', signature)).toBe(false);
    expect(verifyEd25519(ed25519KeyPair().publicKey, 'text', signature)).toBe(false);
    expect(verifyEd25519(pair.publicKey, 'text', '')).toBe(false);
  });
  it('has a key with a fingerprint of 22 characters', () => {
    expect(fingerprint(pair.publicKey)).toMatch(/^[\w-]{22}$/);
  });
});

/** RFC 4231, test case 1. */
it('the MAC is HMAC-SHA256', () => {
  const mac = hmacSha256(Buffer.alloc(20, 0x0b).toString('base64'), 'Hi There');
  expect(Buffer.from(mac, 'base64').toString('hex')).toBe(
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('texts are compared whole', () => {
  expect(equalText('abc', 'abc')).toBe(true);
  expect(equalText('abc', 'abd')).toBe(false);
  expect(equalText('abc', 'abcd')).toBe(false);
});
