/** Every law of STYLE.md that a machine can check: ESLint, dependency-cruiser, and how long the files are on the whole. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createProjectGraphAsync } from '@nx/devkit';
import { quantileProblems } from './file-lengths.ts';
import { run } from './run.ts';

process.env['NX_DAEMON'] = 'false';

const folders = ['apps', 'libs', 'tools', 'packaging', 'e2e', 'scripts'].filter((folder) => existsSync(folder));

function lengths(): { name: string; lines: number }[] {
  const files = globSync(folders.map((folder) => `${folder}/**/*.ts`));
  return files
    .filter((name) => !/(^|\/)(node_modules|dist|generated|migrations)\//.test(name))
    .map((name) => ({ name, lines: readFileSync(name, 'utf8').split('\n').length - 1 }));
}

// The boundaries rule reads the graph from Nx's cache and is silent without one.
await createProjectGraphAsync();

const paths = process.argv.slice(2);
const results = [
  await run('eslint', ['--cache', '--cache-location', 'dist/.eslintcache', ...(paths.length > 0 ? paths : ['.'])]),
  await run('depcruise', ['--output-type', 'err', ...folders]),
];
const problems = quantileProblems(lengths());
for (const problem of problems) console.error(problem);
process.exitCode = results.every((code) => code === 0) && problems.length === 0 ? 0 : 1;
