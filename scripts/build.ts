/** Bundles the control plane and the agent, `--deb` also the agent's package; what did not change is left alone. */
import { performance } from 'node:perf_hooks';
import { build } from 'esbuild';
import { bundles, type Bundle } from './build/bundles.ts';
import { isFresh, writeStamp } from './build/stamp.ts';
import { run } from './run.ts';

async function bundleOnce(bundle: Bundle): Promise<void> {
  if (isFresh(bundle.outfile)) return console.log(`build: ${bundle.outfile} is up to date`);
  const start = performance.now();
  const { metafile } = await build(bundle);
  writeStamp(bundle.outfile, Object.keys(metafile.inputs));
  console.log(`build: ${bundle.outfile} in ${Math.round(performance.now() - start)} ms`);
}

for (const bundle of bundles) await bundleOnce(bundle);
if (process.argv.includes('--deb')) process.exitCode = await run('node', ['packaging/deb/build.ts']);
