import { newEntry, seenEnded, seenRunning, started } from './ledger.ts';

const BOOT = 'boot-1';

function crash(entry: ReturnType<typeof newEntry>, now: number) {
  return seenEnded(started(entry, BOOT, now), 1, BOOT, now + 100);
}

describe('the ledger', () => {
  it('lets the first crash be started at once, then waits 10 s, 20 s … at most 5 minutes', () => {
    let entry = newEntry('a');
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      entry = crash(entry, 1_000_000);
      waits.push(entry.notBefore - 1_000_100);
    }
    expect(waits).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('counts the starts after crashes', () => {
    const entry = started(crash(crash(newEntry('a'), 1_000), 2_000), BOOT, 3_000);
    expect(entry.restarts).toBe(2);
  });

  it('enters the crash loop with the third crash, and leaves it after a minute of running', () => {
    const third = crash(crash(crash(newEntry('a'), 1), 2), 3);
    expect(third.crashLooping).toBe(true);
    const running = started(third, BOOT, 100_000);
    expect(seenRunning(running, BOOT, 159_999).crashLooping).toBe(true);
    expect(seenRunning(running, BOOT, 160_000)).toMatchObject({ crashLooping: false, crashes: 0 });
  });

  it('counts no crash for an end that a reboot or we brought', () => {
    const running = started(newEntry('a'), BOOT, 1_000);
    expect(seenEnded(running, 0, 'boot-2', 2_000)).toMatchObject({ crashes: 0, notBefore: 0 });
    expect(seenEnded({ ...running, termSentAt: 1_500 }, 143, BOOT, 2_000).crashes).toBe(0);
  });

  it('counts an end that was asked for because it stayed unhealthy', () => {
    const running = { ...started(newEntry('a'), BOOT, 1_000), termSentAt: 1_500, restartBecause: 'it stays unhealthy' };
    expect(seenEnded(running, 143, BOOT, 2_000).crashes).toBe(1);
  });

  it('notes an end once, however often it is seen', () => {
    const ended = crash(newEntry('a'), 1_000);
    expect(seenEnded(ended, 1, BOOT, 9_000)).toBe(ended);
  });
});
