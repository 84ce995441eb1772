/**
 * `npm run test:soak -- [--seeds N]`: stories of the code that ships, of which none may break a promise; then the same
 * with each bug put in on purpose, which must be found within as many seeds.
 */
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { mutants } from '../libs/simulation/src/testing/mutants.ts';
import { simulationBundle } from './build/bundles.ts';
import { mutate } from './build/mutate.ts';
import { run } from './run.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '2000' }, only: { type: 'string', default: '' } },
});

async function soak(name: string, plugins: typeof simulationBundle.plugins, outfile: string): Promise<number> {
  console.log(`▸ ${name}`);
  await build({ ...simulationBundle, outfile, plugins: [...(plugins ?? []), ...(simulationBundle.plugins ?? [])] });
  return run('node', ['--enable-source-maps', outfile, '--seeds', values.seeds, '--lines', '0']);
}

const missed: string[] = [];
if (values.only === '' && (await soak('the code that ships', [], simulationBundle.outfile)) !== 0)
  missed.push('the code that ships breaks a promise');
for (const [index, { name, edits }] of mutants.entries()) {
  if (!name.includes(values.only)) continue;
  const code = await soak(name, [mutate(edits)], `libs/simulation/dist/mutant-${index}.js`);
  if (code === 0) missed.push(`not found within ${values.seeds} seeds: ${name}`);
}
for (const line of missed) console.error(line);
process.exitCode = missed.length === 0 ? 0 : 1;
