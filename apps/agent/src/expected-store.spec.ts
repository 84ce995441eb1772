import { sectionHash } from '@techulus/contract';
import { sha256Hex } from '@techulus/keys';
import { ExpectedStore, type StoredExpectedState } from './expected-store.ts';
import { deployment } from './testing/memory-node.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { parseStoredExpectedState } from './state/stored-expected-state.ts';

const secrets = [{ env: 'TOKEN', id: 's1', version: 2 }];

function answer(position: number, parts = [deployment('a', { secrets })]) {
  const generation = { epoch: 1, position, renderer: 1 };
  const containers = { generation, whole: true, gone: [], parts, hash: sectionHash(parts, sha256Hex) };
  const sealed = { 'secret/s1@2': 'sealed', 'secret/other@1': 'not ours' };
  return { serverId: 'me', subnetId: 7, position, head: 'h', controlPlanes: [], sections: { containers }, sealed };
}

function open(file = new MemoryStore<StoredExpectedState>()) {
  return { file, store: new ExpectedStore('me', sha256Hex, file) };
}

describe('the expected state on disk', () => {
  it('is kept before it counts, and comes back as it was, with only the sealed values that are needed', async () => {
    const { file, store } = open();
    await store.accept(answer(5));
    expect(Object.keys(file.value?.answer.sealed ?? {})).toEqual(['secret/s1@2']);
    const { store: again } = open(file);
    expect((await again.load())?.outcome).toBe('accepted');
    expect(again.current()).toEqual(store.current());
    expect(again.sealed('secret/s1@2')).toBe('sealed');
    expect(parseStoredExpectedState(JSON.parse(JSON.stringify(file.value)))).toMatchObject({ schema: 1 });
  });

  it('does not count when it could not be written', async () => {
    const { file, store } = open();
    file.save = () => Promise.reject(new Error('no space left on device'));
    await expect(store.accept(answer(5))).rejects.toThrow('no space');
    expect(store.current()).toBeNull();
  });

  it('is not obeyed when it was changed by hand', async () => {
    const { file, store } = open();
    await store.accept(answer(5));
    const changed = JSON.parse(
      JSON.stringify(file.value).replace('registry.test/web:1', 'evil.test/web:1'),
    ) as StoredExpectedState;
    file.value = changed;
    const { store: again } = open(file);
    expect(await again.load()).toMatchObject({ outcome: 'refused', code: 'hash_mismatch' });
    expect(again.current()).toBeNull();
  });

  it('asks for the whole of a section whose change did not fit', async () => {
    const { store } = open();
    await store.accept(answer(5));
    const wrong = answer(6);
    wrong.sections.containers.hash = 'f'.repeat(64);
    expect(await store.accept(wrong)).toMatchObject({ outcome: 'refused', code: 'hash_mismatch' });
    expect(store.held().containers).toBeUndefined();
    await store.accept(answer(6));
    expect(store.held().containers?.position).toBe(6);
  });
});
