/** Lets `down` interrupt an `up` of the same process: whatever runs commands or waits inside it ends at once. */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal>();

export const currentSignal = (): AbortSignal | undefined => current.getStore();

export async function cancellable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return await current.run(signal, work);
}
