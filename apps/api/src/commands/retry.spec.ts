import { ClaimConflict, ExpectedVersionConflict, TransactionDeadlock } from '@techulus/event-store';
import { systemTimers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import { retried } from './retry.ts';

/** A fold that sees `news` more events whenever it catches up. */
function parts(news: number): { live: LiveCluster; timers: typeof systemTimers; random: never } {
  const live = { state: { position: 0 }, catchUpToHead: () => Promise.resolve(void (live.state.position += news)) };
  const random = { fraction: () => 0 } as never;
  return { live: live as unknown as LiveCluster, timers: systemTimers, random };
}

/** Fails as often as told, then answers which try it was. */
function failing(times: number, error: Error): { work: () => Promise<number>; tries: () => number } {
  let tries = 0;
  const work = (): Promise<number> => {
    tries += 1;
    return tries <= times ? Promise.reject(error) : Promise.resolve(tries);
  };
  return { work, tries: () => tries };
}

describe('a command that met another one', () => {
  const stale = new ExpectedVersionConflict('s', 1, 2);

  it.each([stale, new ClaimConflict('name', 'web', 's')])(
    'is decided anew once the fold has seen what was in the way: %s',
    async (error) => {
      expect(await retried(parts(1), failing(2, error).work)).toBe(3);
    },
  );

  it('is not decided twice on the same view', async () => {
    const { work, tries } = failing(5, stale);
    await expect(retried(parts(0), work)).rejects.toBe(stale);
    expect(tries()).toBe(1);
  });

  it('is simply done again after a deadlock', async () => {
    expect(await retried(parts(0), failing(1, new TransactionDeadlock()).work)).toBe(2);
  });

  it('gives up in the end', async () => {
    const { work, tries } = failing(100, stale);
    await expect(retried(parts(1), work)).rejects.toBe(stale);
    expect(tries()).toBe(8);
  });

  it('is not retried for anything else', async () => {
    const { work, tries } = failing(1, new Error('broken'));
    await expect(retried(parts(1), work)).rejects.toThrow('broken');
    expect(tries()).toBe(1);
  });
});
