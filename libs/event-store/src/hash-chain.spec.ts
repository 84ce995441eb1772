import { systemHash } from '@techulus/ports';
import storedEventV1 from './fixtures/stored-event.v1.json' with { type: 'json' };
import { canonicalJson } from './canonical-json.ts';
import type { StoredEvent } from './event-store.ts';
import { verifyChain } from './hash-chain.ts';
import { sealEvents } from './sealing.ts';
import { append, meta } from './testing/harness.ts';

const tip = { position: 0, hash: '0'.repeat(64), versions: new Map<string, number>(), at: 1_750_000_000_000 };
const log = (): StoredEvent[] =>
  sealEvents([{ appends: [append('a', 0, 'one', 'two'), append('b', 0, 'three')], meta }], tip, systemHash);

async function* stream(events: StoredEvent[]): AsyncGenerator<StoredEvent> {
  yield* events;
}

const verify = (events: StoredEvent[], anchor?: { position: number; hash: string }) =>
  verifyChain(stream(events), systemHash, anchor);

describe('the hash chain', () => {
  it('holds for what was sealed, and for nothing at all', async () => {
    expect(await verify(log())).toEqual({ ok: true, head: { position: 3, hash: log()[2]?.hash } });
    expect(await verify([])).toEqual({ ok: true, head: { position: 0, hash: tip.hash } });
  });

  it('never changes for what was released: its hashes are on disks and with agents', () => {
    expect(log()[2]).toEqual(storedEventV1);
  });

  it.each([
    ['stream', 'x'],
    ['version', 9],
    ['type', 'x'],
    ['schema', 2],
    ['data', { type: 'two', more: 1 }],
    ['meta', { actor: 'somebody else' }],
    ['at', 1],
    ['hash', 'f'.repeat(64)],
  ])('breaks where %s was changed', async (field, value) => {
    const events = log().map((event, index) => (index === 1 ? { ...event, [field]: value } : event));
    expect(await verify(events)).toEqual({ ok: false, position: 2, reason: 'changed' });
  });

  it('breaks where an event is missing or stands in another place', async () => {
    const [one, two, three] = log() as [StoredEvent, StoredEvent, StoredEvent];
    expect(await verify([one, three])).toEqual({ ok: false, position: 2, reason: 'missing' });
    expect(await verify([one, { ...three, position: 2 }, { ...two, position: 3 }])).toMatchObject({ position: 2 });
  });

  it('shows a log that was cut off or written anew only against an anchor', async () => {
    const [one, two, three] = log() as [StoredEvent, StoredEvent, StoredEvent];
    const anchor = { position: 3, hash: three.hash };
    expect(await verify([one, two])).toMatchObject({ ok: true });
    expect(await verify([one, two], anchor)).toEqual({ ok: false, position: 3, reason: 'truncated' });
    const anew = sealEvents([{ appends: [append('z', 0, 'a', 'b', 'c')], meta }], tip, systemHash);
    expect(await verify(anew, anchor)).toEqual({ ok: false, position: 3, reason: 'differs_from_anchor' });
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys, and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [1, { d: null, c: undefined }], a: 'ä"' })).toBe('{"a":"ä\\"","b":[1,{"d":null}]}');
    expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
  });
});
