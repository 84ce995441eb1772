/** `npm run simulate -- --seeds N [--seed S]`: bundles the simulator with the code that ships, and runs it. */
import { run } from '../run.ts';
import { bundled } from './bundled.ts';

process.exitCode = await run('node', ['--enable-source-maps', await bundled('main'), ...process.argv.slice(2)]);
