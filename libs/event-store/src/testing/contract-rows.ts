import { append, gate, meta, type Harness } from './harness.ts';
import type { EventStore } from '../event-store.ts';

export function rowContract(open: () => Promise<Harness>): void {
  let harness: Harness;
  let store: EventStore;
  beforeEach(async () => {
    harness = await open();
    store = (await harness.process()).store;
  });
  afterEach(() => harness.close());

  describe('rows', () => {
    it('reads its own writes, and shows them to others only after the commit', async () => {
      await store.transact(async ({ rows }) => {
        await rows.put('presence', 'b', { seen: 1 });
        await rows.put('presence', 'a', null);
        await rows.put('other', 'a', 'x');
        expect(await rows.get('presence', 'b')).toEqual({ seen: 1 });
        expect(await rows.list('presence')).toEqual([
          { key: 'a', value: null },
          { key: 'b', value: { seen: 1 } },
        ]);
        expect(await store.rows.get('presence', 'b')).toBeUndefined();
        await rows.delete('presence', 'a');
        expect(await rows.get('presence', 'a')).toBeUndefined();
      });
      expect(await store.rows.list('presence')).toEqual([{ key: 'b', value: { seen: 1 } }]);
      expect(await store.rows.get('presence', 'none')).toBeUndefined();
      await store.transact(({ rows }) => rows.delete('presence', 'b'));
      expect(await store.rows.list('presence')).toEqual([]);
    });

    it('puts a row that must rise only where it does', async () => {
      const put = (n: number, what: string): Promise<boolean> =>
        store.putRising({ kind: 'k', key: 'a', value: { n, what }, rises: 'n' });
      expect([await put(2, 'first'), await put(2, 'again'), await put(1, 'older')]).toEqual([true, false, false]);
      expect(await store.rows.get('k', 'a')).toEqual({ n: 2, what: 'first' });
      expect(await put(10, 'higher')).toBe(true);
      const raced = await Promise.all([11, 11, 11].map((n) => put(n, 'raced')));
      expect(raced.filter((written) => written)).toHaveLength(1);
      expect(await store.rows.get('k', 'a')).toEqual({ n: 11, what: 'raced' });
    });

    it('keeps what it was given, not the object itself', async () => {
      const value = { list: [1] };
      await store.transact(({ rows }) => rows.put('k', 'a', value));
      value.list.push(2);
      const read = await store.rows.get<{ list: number[] }>('k', 'a');
      read?.list.push(3);
      expect(await store.rows.get('k', 'a')).toEqual({ list: [1] });
    });

    it('is rolled back with the events: by a conflict, and by an error', async () => {
      await store.append({ appends: [append('s', 0, 'made')], meta });
      const conflicting = store.transact(async (tx) => {
        await tx.rows.put('k', 'a', 1);
        tx.commit({ appends: [append('s', 0, 'again')], meta });
      });
      await expect(conflicting).rejects.toMatchObject({ code: 'version_conflict' });
      const failing = store.transact(async ({ rows }) => {
        await rows.put('k', 'a', 1);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await store.rows.get('k', 'a')).toBeUndefined();
    });

    it.each([['that is there'], ['that is not there yet']])(
      'counts right when many count on one row %s',
      async (which) => {
        if (which === 'that is there') await store.transact(({ rows }) => rows.put('count', 'n', 0));
        const stores = [store, (await harness.process()).store];
        const count = (each: EventStore): Promise<unknown> =>
          each.transact(async ({ rows }) => {
            const n = (await rows.getForUpdate<number>('count', 'n')) ?? 0;
            await rows.put('count', 'n', n + 1);
          });
        await Promise.all(Array.from({ length: 12 }, (_, index) => count(stores[index % 2]!)));
        expect(await store.rows.get('count', 'n')).toBe(12);
      },
    );

    it('lets one of two go on that wait for each other, and tells the other', async () => {
      const [a, b] = [gate(), gate()];
      const crossing = async (mine: string, theirs: string, ready: () => void, other: Promise<void>): Promise<void> => {
        await store.transact(async ({ rows }) => {
          await rows.put('k', mine, 1);
          ready();
          await other;
          await rows.put('k', theirs, 2);
        });
      };
      const outcomes = await Promise.allSettled([
        crossing('x', 'y', a.open, b.opened),
        crossing('y', 'x', b.open, a.opened),
      ]);
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(refused).toMatchObject([{ code: 'transaction_deadlock' }]);
      expect((await store.rows.list('k')).map(({ key }) => key)).toEqual(['x', 'y']);
    });
  });
}
