import { performance } from 'node:perf_hooks';

/** Says what is being done, and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  console.log(`▸ ${what}`);
  const result = await work();
  console.log(`\u001b[2m  done in ${((performance.now() - start) / 1000).toFixed(1)} s\u001b[0m`);
  return result;
}
