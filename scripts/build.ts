/** Bundles the control plane and the agent; a bundle whose inputs did not change is left alone. */
import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { bundles } from './build/bundles.ts';
import { build } from 'esbuild';
import { isFresh, writeStamp } from './build/stamp.ts';

for (const bundle of bundles) {
  const entry = bundle.entryPoints[0];
  if (!existsSync(entry)) {
    console.log(`build: ${entry} is not there, left out`);
    continue;
  }
  if (isFresh(bundle.outfile)) {
    console.log(`build: ${bundle.outfile} is up to date`);
    continue;
  }
  const start = performance.now();
  const { metafile } = await build(bundle);
  writeStamp(bundle.outfile, Object.keys(metafile.inputs));
  console.log(`build: ${bundle.outfile} in ${Math.round(performance.now() - start)} ms`);
}
