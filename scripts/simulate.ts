/** `npm run simulate -- --seeds N [--seed S]`: bundles the simulator with the code that ships, and runs it. */
import { build } from 'esbuild';
import { simulationBundle } from './build/bundles.ts';
import { run } from './run.ts';

await build(simulationBundle);
process.exitCode = await run('node', ['--enable-source-maps', simulationBundle.outfile, ...process.argv.slice(2)]);
