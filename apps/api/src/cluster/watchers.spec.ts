import type { Timer, Timers } from '@techulus/ports';
import { Watchers } from './watchers.ts';

/** Timers that a test lets pass by hand. */
class HandTimers implements Timers {
  private now = 0;
  private due: { at: number; run: () => void }[] = [];

  after(ms: number, run: () => void): Timer {
    const entry = { at: this.now + ms, run };
    this.due.push(entry);
    return { cancel: () => void (this.due = this.due.filter((other) => other !== entry)) };
  }

  every(): Timer {
    throw new Error('not used here');
  }

  pass(ms: number): void {
    this.now += ms;
    const ready = this.due.filter(({ at }) => at <= this.now);
    this.due = this.due.filter(({ at }) => at > this.now);
    for (const { run } of ready) run();
  }

  get count(): number {
    return this.due.length;
  }
}

describe('who waits for the cluster', () => {
  let timers: HandTimers;
  let watchers: Watchers;
  const never = new AbortController().signal;
  beforeEach(() => {
    timers = new HandTimers();
    watchers = new Watchers(timers);
  });

  it('is woken once for a burst of commits, and only when what it waits for has changed', async () => {
    let changed = false;
    let looks = 0;
    const waiting = watchers.wait(() => (looks += 1) > 0 && changed, 10_000, never);
    looks = 0;
    watchers.folded();
    watchers.folded();
    timers.pass(10);
    expect(looks).toBe(1);
    expect(watchers.count).toBe(1);
    changed = true;
    watchers.folded();
    timers.pass(10);
    await waiting;
    expect(watchers.count).toBe(0);
    expect(timers.count).toBe(0);
  });

  it('is let go at the end of its wait, and when it goes itself', async () => {
    const waiting = watchers.wait(() => false, 10_000, never);
    timers.pass(10_000);
    await waiting;
    const leave = new AbortController();
    const leaving = watchers.wait(() => false, 10_000, leave.signal);
    leave.abort();
    await leaving;
    expect(watchers.count).toBe(0);
    expect(timers.count).toBe(0);
    await watchers.wait(() => false, 10_000, leave.signal);
  });

  it('does not sleep through a change that came just before', async () => {
    const waiting = watchers.wait(() => true, 10_000, never);
    timers.pass(10);
    await waiting;
  });
});
