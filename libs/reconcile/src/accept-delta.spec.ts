import { type ExpectedStateAnswer, type RecordPart, sectionHash } from '@techulus/contract';
import { acceptDelta } from './accept-delta.ts';
import type { ExpectedState } from './expected.ts';
import { sha256 } from './testing/model.ts';

interface Change {
  readonly position: number;
  readonly epoch?: number;
  readonly parts: RecordPart[];
  readonly gone?: string[];
  readonly whole?: boolean;
  readonly result: RecordPart[];
}

function answer({ position, epoch = 1, parts, gone = [], whole = false, result }: Change): ExpectedStateAnswer {
  const dns = { generation: { epoch, position, renderer: 1 }, whole, gone, hash: sectionHash(result, sha256), parts };
  return { serverId: 'me', subnetId: 7, position, head: 'h', controlPlanes: [], sections: { dns }, sealed: {} };
}

function record(key: string, ...addresses: string[]): RecordPart {
  return { key, addresses };
}

function accepted(expected: ExpectedState | null, change: Change): ExpectedState {
  const acceptance = acceptDelta('me', expected, answer(change), sha256);
  if (acceptance.outcome !== 'accepted') throw new Error(acceptance.message);
  return acceptance.expected;
}

const web = record('web', '10.200.1.2');
const data = record('data', '10.200.1.3');
const first = accepted(null, { position: 5, parts: [web, data], whole: true, result: [web, data] });

describe('acceptDelta', () => {
  it('adds, changes and takes away parts, and leaves other sections alone', () => {
    const moved = record('web', '10.200.1.9');
    const next = accepted(first, { position: 6, parts: [moved], gone: ['data'], result: [moved] });
    expect(next.dns?.parts).toEqual([moved]);
    expect(next.containers).toBeUndefined();
  });

  it('refuses an older generation, and takes a lower position of a higher epoch', () => {
    const older = acceptDelta('me', first, answer({ position: 4, parts: [web], whole: true, result: [web] }), sha256);
    expect(older).toMatchObject({ outcome: 'refused', code: 'older_generation', section: 'dns' });
    const restored = accepted(first, { epoch: 2, position: 1, parts: [web], whole: true, result: [web] });
    expect(restored.dns?.generation).toEqual({ epoch: 2, position: 1, renderer: 1 });
  });

  it('keeps what is said beside the parts for as long as the control plane says it', () => {
    const containers = { generation: { epoch: 2, position: 1, renderer: 1 }, whole: true, gone: [], parts: [] };
    const delta = { ...containers, hash: sectionHash([], sha256), stopOnly: ['d1'] };
    const restored = { ...answer({ position: 1, parts: [], result: [] }), sections: { containers: delta } };
    const kept = acceptDelta('me', first, restored, sha256);
    expect(kept).toMatchObject({ outcome: 'accepted', expected: { containers: { stopOnly: ['d1'] } } });
    const { stopOnly: _, ...said } = delta;
    const ordered = { ...said, whole: false, generation: { ...said.generation, position: 2 } };
    const stopped = acceptDelta(
      'me',
      kept.outcome === 'accepted' ? kept.expected : null,
      { ...restored, sections: { containers: ordered } },
      sha256,
    );
    expect(stopped.outcome === 'accepted' && stopped.expected.containers).not.toHaveProperty('stopOnly');
  });

  it('leaves an older section alone and takes the others, and takes a lower position of a newer renderer', () => {
    const older = answer({ position: 4, parts: [web], whole: true, result: [web] });
    const traefik = {
      generation: { epoch: 1, position: 9, renderer: 1 },
      whole: true,
      gone: [],
      hash: sectionHash([], sha256),
      parts: [],
    };
    const both = acceptDelta('me', first, { ...older, sections: { ...older.sections, traefik } }, sha256);
    expect(both).toMatchObject({ outcome: 'accepted', changed: ['traefik'], expected: { dns: first.dns } });
    older.sections.dns!.generation.renderer = 2;
    expect(acceptDelta('me', first, older, sha256)).toMatchObject({ outcome: 'accepted', changed: ['dns'] });
  });

  it('refuses a change that does not lead to the promised hash, and one to a section it does not hold', () => {
    const missed = answer({ position: 7, parts: [], result: [web] });
    expect(acceptDelta('me', first, missed, sha256)).toMatchObject({ outcome: 'refused', code: 'hash_mismatch' });
    expect(acceptDelta('me', null, missed, sha256)).toMatchObject({ outcome: 'refused', code: 'hash_mismatch' });
  });

  it('accepts the whole of the generation it holds already, which is what it asked for', () => {
    const again = accepted(first, { position: 5, parts: [web, data], whole: true, result: [web, data] });
    expect(again).toEqual(first);
  });

  it('refuses an answer for another server', () => {
    expect(
      acceptDelta('another', null, answer({ position: 1, parts: [], whole: true, result: [] }), sha256),
    ).toMatchObject({ code: 'wrong_server' });
  });
});
