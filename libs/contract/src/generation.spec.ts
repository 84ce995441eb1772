import fc from 'fast-check';
import { compareGenerations, formatEntityTag, type Generation, parseEntityTag, SECTIONS } from './generation.ts';
import { formatRegistrationToken, parseRegistrationToken } from './registration.ts';
import { answerToSign, requestToSign } from './signing.ts';

const generation = fc.record({ epoch: fc.nat(99), position: fc.nat(1e9), renderer: fc.nat(99) });

describe('generations', () => {
  it('are ordered by epoch, then renderer, then position', () => {
    const ordered: Generation[] = [
      { epoch: 1, position: 9, renderer: 9 },
      { epoch: 2, position: 1, renderer: 1 },
      { epoch: 2, position: 2, renderer: 1 },
      { epoch: 2, position: 1, renderer: 2 },
    ];
    expect(ordered.toReversed().toSorted(compareGenerations)).toEqual(ordered);
  });

  it('survive an entity tag', () => {
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(SECTIONS.map((section) => [section, generation])), { requiredKeys: [] }),
        (held) => {
          expect(parseEntityTag(formatEntityTag(held))).toEqual(held);
        },
      ),
    );
  });

  it.each(['', '"', '"-;-;-"', '"-;-;-;-;-"', '"a.b.c;-;-;-"', '-;-;-;-', `"${'1'.repeat(300)}"`])(
    'refuses %s as an entity tag',
    (text) => {
      expect(parseEntityTag(text)).toBeNull();
    },
  );

  it('never throw on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseEntityTag(text)));
  });
});

describe('a registration token', () => {
  const token = { id: '0197-a', secret: 's'.repeat(43), fingerprint: 'f'.repeat(22) };
  it('survives its text', () => {
    expect(parseRegistrationToken(formatRegistrationToken(token))).toEqual(token);
  });
  it.each(['', 'tcl_', 'tcl_a.b.c', `${formatRegistrationToken(token)}x`, formatRegistrationToken(token).slice(1)])(
    'refuses %s',
    (text) => {
      expect(parseRegistrationToken(text)).toBeNull();
    },
  );
});

describe('what is signed', () => {
  it('is the worked example of docs/wire.md', () => {
    const request = {
      server: 'server-1',
      timestamp: 1_800_000_000_000,
      nonce: '00ff',
      sequence: 7,
      method: 'post',
      path: '/api/v1/agent/status?x=1',
      bodyHash: 'ab',
    };
    expect(requestToSign(request)).toBe(
      'techulus-request-1\nserver-1\n1800000000000\n00ff\n7\nPOST\n/api/v1/agent/status?x=1\nab',
    );
    expect(answerToSign({ nonce: '00ff', status: 304, time: 1_800_000_000_001, entityTag: '-', bodyHash: 'cd' })).toBe(
      'techulus-answer-1\n00ff\n304\n1800000000001\n-\ncd',
    );
  });
});
