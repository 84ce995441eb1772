import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fixture } from './fixture.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { tell } from './tell.ts';

const folder = join(import.meta.dirname, '../fixtures');
const fixtures = readdirSync(folder).map(
  (file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))] as [string, Fixture],
);

describe('a story', () => {
  it.each([1, 2, 7])(
    'is told the same way every time, byte for byte (seed %i)',
    async (seed) => {
      const [once, again] = [await simulate(tell(seed)), await simulate(tell(seed))];
      expect(once.violation).toBeNull();
      expect(once.events).toBeGreaterThan(50);
      expect(again.log).toBe(once.log);
      expect(again.lines).toEqual(once.lines);
    },
    120_000,
  );

  it('is another one with another seed', async () => {
    expect(tell(1)).toEqual(tell(1));
    expect(tell(2).steps).not.toEqual(tell(1).steps);
  });

  it('is made as short as it goes', async () => {
    const story = { ...tell(1), apis: 2 };
    const needed = story.steps[3];
    const short = await shrink(story, (candidate) =>
      Promise.resolve(candidate.steps.some(({ at }) => at === needed?.at)),
    );
    expect(short.steps).toHaveLength(1);
    expect(short).toMatchObject({ apis: 1, services: [{ replicas: 1 }] });
  });

  it.each(fixtures)(
    'that once broke a promise breaks none any more: %s',
    async (_, { story }) => {
      expect((await simulate(story)).violation).toBeNull();
    },
    120_000,
  );
});
