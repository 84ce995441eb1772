import type { Action } from '@techulus/reconcile';
import { Deferrals } from './deferrals.ts';

const action = { kind: 'apply_dns', key: 'dns', because: 'test' } as unknown as Action;

describe('what failed', () => {
  it('waits longer with each failure, up to a minute', () => {
    const deferrals = new Deferrals();
    const waits = [1, 2, 3, 4, 5].map(() => {
      deferrals.failed(action, { outcome: 'retry', afterMs: 5000, message: 'no' }, 0);
      return deferrals.list()[0]?.until;
    });
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000]);
    expect(deferrals.firstDue([action], 59_999)).toBeNull();
    expect(deferrals.firstDue([action], 60_000)).toBe(action);
  });

  it('is tried every 10 s when a person has to make way', () => {
    const deferrals = new Deferrals();
    for (const now of [0, 10_000, 20_000, 30_000]) {
      deferrals.failed(action, { outcome: 'refused', message: 'foreign' }, now);
      expect(deferrals.list()[0]?.until).toBe(now + 10_000);
    }
  });
});
