/** The end-to-end files build on one cluster, so they run in the order of their names; all others as Jest likes it. */
import Sequencer from '@jest/test-sequencer';

type Tests = Parameters<Sequencer['sort']>[0];

export default class InOrder extends Sequencer {
  override sort(tests: Tests): Tests {
    const onNodes = tests.every(({ path }) => path.endsWith('.e2e.ts'));
    return onNodes ? tests.toSorted((a, b) => (a.path < b.path ? -1 : 1)) : (super.sort(tests) as Tests);
  }
}
