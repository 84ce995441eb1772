import { join } from 'node:path';
import { labPaths } from './paths.ts';

it('names every place in full, also when the lab was named from here', () => {
  const inFull = Object.values(labPaths(join(process.cwd(), '.lab-other')));
  expect(Object.values(labPaths('.lab-other'))).toEqual(inFull);
  expect(inFull.every((path) => path.startsWith('/'))).toBe(true);
});
