import type { Timer, Timers } from './ports.ts';

export class DeadlineExceeded extends Error {
  readonly code = 'deadline_exceeded';
  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/** Resolves after `ms` milliseconds, or at once when the signal aborts. */
export function sleep(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = timers.after(ms, done, { keepAlive: true });
    signal?.addEventListener('abort', done);
  });
}

/** The work's result, or DeadlineExceeded after `ms`; the signal given to the work is aborted then. */
export async function withDeadline<T>(
  timers: Timers,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let timer: Timer | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = timers.after(
      ms,
      () => {
        const error = new DeadlineExceeded(what, ms);
        abort.abort(error);
        reject(error);
      },
      { keepAlive: true },
    );
  });
  try {
    return await Promise.race([work(abort.signal), expired]);
  } finally {
    timer?.cancel();
  }
}
