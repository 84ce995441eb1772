/** What a script needs on top of the generated client: a refusal as one line, and lists without pages. */
import type { ProblemDto } from '@techulus/api-client';

interface Answer<T> {
  readonly data?: T | undefined;
  readonly error?: ProblemDto | undefined;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export async function answered<T>(what: string, call: Promise<Answer<T>>): Promise<T> {
  const { data, error } = await call;
  if (data !== undefined) return data;
  throw new Error(`${what}: ${error?.detail ?? error?.title ?? 'the control plane did not answer'}`);
}

export async function everything<T>(
  what: string,
  page: (query: { cursor?: string }) => Promise<Answer<Page<T>>>,
): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const answer: Page<T> = await answered(what, page(cursor === undefined ? {} : { cursor }));
    items.push(...answer.items);
    cursor = answer.next;
  }
  return items;
}
