import { build } from 'esbuild';
import { simulationBundle } from '../build/bundles.ts';
import type { Edit } from './mutants.ts';
import { mutate } from './mutate.ts';

/** The simulator with the code that ships, or with edits made to it; answers the bundle's path. */
export async function bundled(name: string, edits: readonly Edit[] = []): Promise<string> {
  const outfile = `libs/simulation/dist/${name}.js`;
  await build({ ...simulationBundle, outfile, plugins: [mutate(edits), ...(simulationBundle.plugins ?? [])] });
  return outfile;
}
