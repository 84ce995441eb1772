import { systemHash } from '@techulus/ports';
import type { EventStore, StoredEvent } from '../event-store.ts';
import { readAll, verifyLog } from '../hash-chain.ts';
import { append, event, gate, meta, types, type Harness, type TestProcess } from './harness.ts';

const everything = { after: 0, limit: 100 };

export function appendContract(open: () => Promise<Harness>): void {
  let harness: Harness;
  let process: TestProcess;
  let store: EventStore;
  beforeEach(async () => {
    harness = await open();
    process = await harness.process();
    store = process.store;
  });
  afterEach(() => harness.close());

  describe('appending', () => {
    it('starts empty', async () => {
      expect(await store.read(everything)).toEqual([]);
      expect(await store.head()).toEqual({ position: 0, hash: '0'.repeat(64), epoch: 1 });
    });

    it('stores several streams at once, with positions without gaps and versions of each stream', async () => {
      const data = { z: 1, a: [1.5, -0, null, 'ä✓\u2028'], nested: { b: true, a: undefined }, big: 1e21, small: 1e-7 };
      const committed = await store.append({
        appends: [{ stream: 's-1', expectedVersion: 0, events: [event('made', data)] }, append('s-2', 0, 'one', 'two')],
        meta,
      });
      expect(committed.events.map(({ position, stream, version }) => [position, stream, version])).toEqual([
        [1, 's-1', 1],
        [2, 's-2', 1],
        [3, 's-2', 2],
      ]);
      expect(committed.position).toBe(3);
      expect(await store.read(everything)).toEqual(committed.events);
      expect(committed.events[0]).toMatchObject({ data: JSON.parse(JSON.stringify(data)), meta, schema: 1 });
      expect(await store.head()).toMatchObject({ position: 3, hash: committed.events[2]?.hash });
    });

    it('keeps data that are null or a bare value', async () => {
      const bare = [null, 'text', 4, [], false];
      const events = bare.map((data) => event('bare', data));
      await store.append({ appends: [{ stream: 's', expectedVersion: 0, events }], meta });
      expect((await store.read(everything)).map(({ data }) => data)).toEqual(bare);
    });

    it('reads a page, and one stream', async () => {
      await store.append({ appends: [append('a', 0, 'a1', 'a2'), append('b', 0, 'b1'), append('a', 2, 'a3')], meta });
      expect(types(await store.read({ after: 1, limit: 2 }))).toEqual(['a2', 'b1']);
      expect(types(await store.read({ ...everything, stream: 'a' }))).toEqual(['a1', 'a2', 'a3']);
      expect(types(await store.read({ after: 2, limit: 1, stream: 'a' }))).toEqual(['a3']);
      expect(await store.read({ ...everything, stream: 'none' })).toEqual([]);
    });

    it('refuses a stream that is not where it was expected, and then stores nothing at all', async () => {
      await store.append({ appends: [append('a', 0, 'a1')], meta });
      const late = { appends: [append('b', 0, 'b1'), append('a', 0, 'again')], meta };
      await expect(store.append(late)).rejects.toMatchObject({ code: 'version_conflict', stream: 'a', actual: 1 });
      await expect(store.append({ appends: [append('c', 4, 'c5')], meta })).rejects.toMatchObject({ stream: 'c' });
      expect(types(await store.read(everything))).toEqual(['a1']);
    });

    it.each([
      ['NUL', 'a\0b'],
      ['half a surrogate pair', '\ud800'],
      ['a function', () => 1],
    ])('refuses data that cannot be stored: %s', async (_, data) => {
      const bad = { appends: [{ stream: 's', expectedVersion: 0, events: [event('bad', data)] }], meta };
      await expect(store.append(bad)).rejects.toMatchObject({ code: 'unstorable_data' });
      expect((await store.head()).position).toBe(0);
    });

    it('stores all commits of one transaction, each with its meta, or none', async () => {
      const { result, committed } = await store.transact(async (tx) => {
        tx.commit({ appends: [append('a', 0, 'a1')], meta: { actor: 'x' } });
        tx.commit({ appends: [append('a', 1, 'a2')], meta: { actor: 'y', correlation: 'c' } });
        return 'done';
      });
      expect(result).toBe('done');
      expect(committed.events.map((stored) => stored.meta)).toEqual([{ actor: 'x' }, { actor: 'y', correlation: 'c' }]);
      const failing = store.transact(async (tx) => {
        tx.commit({ appends: [append('b', 0, 'b1')], meta });
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(types(await store.read(everything))).toEqual(['a1', 'a2']);
    });
  });

  describe('claims', () => {
    const claim = (stream: string, key = '10.200.1.2') => ({ kind: 'address', key, stream });
    const claiming = (stream: string, key?: string) => ({
      appends: [append(stream, 0, 'made')],
      claims: [claim(stream, key)],
      meta,
    });

    it('gives a key to one stream, names the holder to the other, and stores nothing of it', async () => {
      await store.append(claiming('d-1'));
      await expect(store.append(claiming('d-2'))).rejects.toMatchObject({
        code: 'claim_conflict',
        kind: 'address',
        key: '10.200.1.2',
        holder: 'd-1',
      });
      await store.append(claiming('d-3', '10.200.1.3'));
      expect((await store.head()).position).toBe(2);
      await store.append({ appends: [], claims: [claim('d-1')], meta }); // its own already
    });

    it('frees a released key, also for a claim in the same commit, and forgets both when rolled back', async () => {
      await store.append(claiming('d-1'));
      const swap = { appends: [append('d-2', 0, 'made')], releases: [claim('d-1')], claims: [claim('d-2')], meta };
      await expect(store.append({ ...swap, appends: [append('d-1', 0, 'made')] })).rejects.toThrow('stream d-1');
      await store.append(swap);
      await expect(store.append({ appends: [], claims: [claim('d-1')], meta })).rejects.toMatchObject({
        holder: 'd-2',
      });
      await store.append({ appends: [], releases: [claim('d-2'), claim('x', 'never held')], meta });
      await store.append({ appends: [], claims: [claim('d-1')], meta });
    });

    it('refuses one key for two streams in one commit', async () => {
      const both = { appends: [], claims: [claim('d-1'), claim('d-2')], meta };
      await expect(store.append(both)).rejects.toMatchObject({ code: 'claim_conflict', holder: 'd-1' });
      await store.append({ appends: [], claims: [claim('d-3')], meta });
    });
  });

  describe('transactions that overlap', () => {
    it('gives positions in commit order, so that a reader never meets a new event below what it has seen', async () => {
      const [first, second, firstHasBegun] = [gate(), gate(), gate()];
      const seen: StoredEvent[] = [];
      const begun = async (name: string, turn: Promise<void>, started?: () => void): Promise<void> => {
        await store.transact(async (tx) => {
          await tx.rows.put('open', name, true);
          tx.commit({ appends: [append(name, 0, `${name} committed`)], meta });
          started?.();
          await turn;
        });
      };
      const look = async (): Promise<void> =>
        void seen.push(...(await store.read({ after: seen.at(-1)?.position ?? 0, limit: 10 })));
      const one = begun('first', first.opened, firstHasBegun.open);
      await firstHasBegun.opened;
      const two = begun('second', second.opened);
      await look();
      second.open();
      await two;
      await look();
      first.open();
      await one;
      await look();
      expect(types(seen)).toEqual(['second committed', 'first committed']);
      expect(seen.map(({ position }) => position)).toEqual([1, 2]);
    });

    it('shows nothing above a commit that is still in progress', async () => {
      const [slow, reached] = [gate(), gate()];
      process.points.beforeCommit = () => {
        reached.open();
        return slow.opened;
      };
      const other = (await harness.process()).store;
      const first = store.append({ appends: [append('first', 0, 'first')], meta });
      await reached.opened;
      const second = other.append({ appends: [append('second', 0, 'second')], meta });
      await harness.pass(100);
      const early = await other.read(everything);
      slow.open();
      await Promise.all([first, second]);
      const late = await other.read({ after: early.at(-1)?.position ?? 0, limit: 10 });
      expect([...early, ...late].map(({ position }) => position)).toEqual([1, 2]);
      expect([...early, ...late]).toEqual(await store.read(everything));
    });

    it('lets one of two win where both expect the same version', async () => {
      const other = (await harness.process()).store;
      const outcomes = await Promise.allSettled(
        [store, other, store, other].map((each, index) =>
          each.append({ appends: [append('s', 0, `e${index}`)], meta }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await store.head()).position).toBe(1);
    });

    it('stores what many processes append at once, without gaps and well chained', async () => {
      const stores = [store, (await harness.process()).store];
      const appends = Array.from({ length: 40 }, (_, index) =>
        stores[index % 2]!.append({ appends: [append(`s-${index}`, 0, 'a', 'b')], meta }),
      );
      await Promise.all(appends);
      const verified = await verifyLog(store, systemHash);
      expect(verified).toEqual({ ok: true, head: { position: 80, hash: (await store.head()).hash } });
      const all: number[] = [];
      for await (const { position } of readAll(store, { pageSize: 7 })) all.push(position);
      expect(all).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
    });
  });

  describe('commit points', () => {
    it('rolls back what ends before the commit, keeps what ends after it', async () => {
      const killed = (): never => {
        throw new Error('killed');
      };
      process.points.beforeCommit = killed;
      await expect(store.append({ appends: [append('a', 0, 'lost')], meta })).rejects.toThrow('killed');
      delete process.points.beforeCommit;
      process.points.afterCommit = killed;
      await expect(store.append({ appends: [append('b', 0, 'kept')], meta })).rejects.toThrow('killed');
      expect(types(await store.read(everything))).toEqual(['kept']);
    });
  });
}
