import { performance } from 'node:perf_hooks';
import { styleText } from 'node:util';

/** Says what is being done, and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  console.log(`▸ ${what}`);
  const result = await work();
  console.log(styleText('dim', `  done in ${((performance.now() - start) / 1000).toFixed(1)} s`));
  return result;
}
