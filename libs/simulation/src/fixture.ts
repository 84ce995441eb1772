import type { Story } from './story.ts';

/** A story that once broke a promise, kept so that it never does again. */
export interface Fixture {
  /** What was wrong, in a sentence. */
  readonly was: string;
  /** The promise that it broke. */
  readonly code: string;
  readonly story: Story;
}
