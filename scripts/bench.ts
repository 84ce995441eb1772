/** `npm run bench -- [NAME…] [--json]`: bundles what is measured and what measures it (tools/bench), and runs it. */
import { mkdirSync } from 'node:fs';
import { build } from 'esbuild';
import { type Bundle, openapiBundle } from './build/bundles.ts';
import { run } from './run.ts';

const bench: Bundle = {
  ...openapiBundle,
  entryPoints: ['tools/bench/src/main.ts'],
  outfile: 'tools/bench/dist/main.js',
};

mkdirSync('dist', { recursive: true });
await build(bench);
// Standard output is the table's, or the JSON's.
const built = await run('node', ['scripts/build.ts'], { logFile: 'dist/bench-build.log' });
if (built !== 0) console.error('bench: the build failed; dist/bench-build.log says why');
const main = ['--enable-source-maps', bench.outfile, ...process.argv.slice(2)];
process.exitCode = built === 0 ? await run('node', main) : built;
