/**
 * `npm run test:soak -- [--seeds N] [--only WORDS]`: stories of the code that ships, of which none may break a promise; then
 * the same with each bug put in on purpose, which must be found within as many seeds.
 */
import { parseArgs } from 'node:util';
import { run } from '../run.ts';
import { bundled } from './bundled.ts';
import { type Edit, mutants } from './mutants.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '2000' }, only: { type: 'string', default: '' } },
});

async function soak(title: string, name: string, edits: readonly Edit[]): Promise<number> {
  console.log(`▸ ${title}`);
  const bundle = await bundled(name, edits);
  return run('node', ['--enable-source-maps', bundle, '--seeds', values.seeds, '--short', '--lines', '1']);
}

const missed: string[] = [];
if (values.only === '' && (await soak('the code that ships', 'main', [])) !== 0)
  missed.push('the code that ships breaks a promise');
for (const [index, { name, edits }] of mutants.entries()) {
  if (!name.includes(values.only)) continue;
  const code = await soak(name, `mutant-${index}`, edits);
  if (code === 0) missed.push(`not found within ${values.seeds} seeds: ${name}`);
}
for (const line of missed) console.error(line);
process.exitCode = missed.length === 0 ? 0 : 1;
