import type { StoredEvent } from '../event-store.ts';
import { append, eventually, gate, meta, type Harness, type TestProcess } from './harness.ts';

export function subscriptionContract(open: () => Promise<Harness>): void {
  let harness: Harness;
  let process: TestProcess;
  let seen: StoredEvent[];
  const see = (events: StoredEvent[]): void => void seen.push(...events);
  beforeEach(async () => {
    harness = await open();
    process = await harness.process();
    seen = [];
  });
  afterEach(() => harness.close());

  describe('a subscription', () => {
    it('sees everything exactly once and in order, from before and from then on, of every process', async () => {
      const other = await harness.process();
      const add = async (index: number): Promise<unknown> =>
        (index % 2 === 0 ? process : other).store.append({ appends: [append(`s-${index}`, 0, 'a', 'b', 'c')], meta });
      for (let index = 0; index < 5; index += 1) await add(index);
      const subscription = process.store.subscribe(2, see);
      await Promise.all(Array.from({ length: 30 }, (_, index) => add(index + 5)));
      await eventually(harness, () => seen.length >= 103, 'all events were seen');
      await subscription.caughtUp(105);
      expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 103 }, (_, index) => index + 3));
      expect(subscription.position).toBe(105);
      expect(seen).toEqual(await process.store.read({ after: 2, limit: 200 }));
      await subscription.close();
    });

    it('hands on one page after the other, never two at a time', async () => {
      let open = 0;
      const slow = async (events: StoredEvent[]): Promise<void> => {
        open += 1;
        expect(open).toBe(1);
        await Promise.resolve();
        see(events);
        open -= 1;
      };
      const subscription = process.store.subscribe(0, slow);
      for (let index = 0; index < 10; index += 1) {
        await process.store.append({ appends: [append(`s-${index}`, 0, 'made')], meta });
      }
      await eventually(harness, () => seen.length === 10, 'all ten were seen');
      expect(subscription.failure).toBeUndefined();
      await subscription.close();
    });

    it('says when it has caught up, and when it last knew that it stood at the head', async () => {
      const subscription = process.store.subscribe(0, see);
      expect(subscription.confirmedAt).toBe(-Infinity);
      await eventually(harness, () => subscription.confirmedAt > 0, 'the head was confirmed');
      const before = subscription.confirmedAt;
      let reached = false;
      void subscription.caughtUp(1).then(() => (reached = true));
      await harness.pass(50);
      expect(reached).toBe(false);
      await process.store.append({ appends: [append('s', 0, 'made')], meta });
      await eventually(harness, () => reached, 'caught up');
      await subscription.caughtUp(0);
      await eventually(harness, () => subscription.confirmedAt > before, 'the head was confirmed again');
      await subscription.close();
    });

    it('ends where its reader fails, and never goes past that', async () => {
      const subscription = process.store.subscribe(0, (events) => {
        if (events.some(({ type }) => type === 'unheard of')) throw new Error('unheard of');
        see(events);
      });
      await process.store.append({ appends: [append('s', 0, 'known')], meta });
      await eventually(harness, () => seen.length === 1, 'the known one was seen');
      const waiting = subscription.caughtUp(3).catch((error: Error) => error.message);
      await process.store.append({ appends: [append('s', 1, 'unheard of')], meta });
      await eventually(harness, () => subscription.failure !== undefined, 'it failed');
      await process.store.append({ appends: [append('s', 2, 'known')], meta });
      expect(await waiting).toBe('unheard of');
      await expect(subscription.caughtUp(3)).rejects.toThrow('unheard of');
      expect([seen.length, subscription.position]).toEqual([1, 1]);
    });

    it('hands on nothing after it was closed, and says so to who still waits', async () => {
      const subscription = process.store.subscribe(0, see);
      const waiting = subscription.caughtUp(5).catch((error: { code: string }) => error.code);
      await subscription.close();
      await process.store.append({ appends: [append('s', 0, 'made')], meta });
      await harness.pass(1500);
      expect(seen).toEqual([]);
      expect(await waiting).toBe('subscription_closed');
      await expect(subscription.caughtUp(1)).rejects.toMatchObject({ code: 'subscription_closed' });
    });

    it('waits for the reader when it is closed in the middle of a page', async () => {
      const [busy, entered] = [gate(), gate()];
      const subscription = process.store.subscribe(0, async (events) => {
        entered.open();
        await busy.opened;
        see(events);
      });
      await process.store.append({ appends: [append('s', 0, 'made')], meta });
      await entered.opened;
      const closed = subscription.close();
      busy.open();
      await closed;
      expect(seen).toHaveLength(1);
    });
  });
}
