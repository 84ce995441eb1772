import { type Random, sleep, type Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import { retryReason } from './conflicts.ts';

export interface RetryParts {
  live: LiveCluster;
  timers: Timers;
  random: Random;
}

const TRIES = 8;
const PAUSE_MS = 25;

/**
 * Does the work again when something else was faster, on a fold that has seen what it collided with; never twice on the
 * same stale view, which would only collide again.
 */
export async function retried<T>({ live, timers, random }: RetryParts, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { position } = live.state;
    try {
      return await work();
    } catch (error) {
      const reason = retryReason(error);
      if (reason === null || attempt >= TRIES) throw error;
      await live.catchUpToHead();
      if (reason === 'stale_view' && live.state.position === position) throw error;
      await sleep(timers, random.fraction() * PAUSE_MS * attempt);
    }
  }
}
