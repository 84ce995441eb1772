import { renderTally, sum, tallyOfCheck, tallyOfJest, type JestReport } from './tally.ts';

const report = (changes: Partial<JestReport>): JestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  ...changes,
});

describe('the sum of a test run', () => {
  it('counts a check as one', () => {
    expect(tallyOfCheck(0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(tallyOfCheck(2)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('counts a file that could not be loaded as failed', () => {
    expect(tallyOfJest(1, report({ numRuntimeErrorTestSuites: 1 }))).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  it('counts a bad end without a failed test, and no report at all, as one failure', () => {
    expect(tallyOfJest(1, report({}))).toEqual({ passed: 3, failed: 1, skipped: 0 });
    expect(tallyOfJest(0, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('counts pending and todo as skipped', () => {
    expect(tallyOfJest(0, report({ numPendingTests: 2, numTodoTests: 1 }))).toEqual({
      passed: 3,
      failed: 0,
      skipped: 3,
    });
  });

  it('reads as one line', () => {
    expect(renderTally(sum([tallyOfCheck(0), tallyOfCheck(1), tallyOfJest(0, report({}))]))).toBe(
      '4 passed, 1 failed, 0 skipped',
    );
  });
});
