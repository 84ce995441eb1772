import type { Clock } from '@techulus/ports';
import type { UpstreamAnswer } from './upstream-answer.ts';

const MOST_ENTRIES = 4096;
const MOST_BYTES = 4 * 1024 * 1024;

interface Entry {
  readonly answer: UpstreamAnswer;
  readonly storedAt: number;
}

/** Upstreams' answers for as long as their TTLs allow, the least recently used going first. */
export interface AnswerCache {
  /** The answer and how many whole seconds old it is. */
  get(key: string): { answer: UpstreamAnswer; ageSeconds: number } | null;
  put(key: string, answer: UpstreamAnswer): void;
}

export function createAnswerCache(clock: Clock): AnswerCache {
  const entries = new Map<string, Entry>();
  let bytes = 0;

  const drop = (key: string, entry: Entry): void => {
    entries.delete(key);
    bytes -= entry.answer.message.length;
  };

  return {
    get(key): { answer: UpstreamAnswer; ageSeconds: number } | null {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const ageSeconds = Math.floor((clock.monotonic() - entry.storedAt) / 1000);
      entries.delete(key);
      if (ageSeconds >= entry.answer.ttlSeconds) {
        bytes -= entry.answer.message.length;
        return null;
      }
      entries.set(key, entry);
      return { answer: entry.answer, ageSeconds };
    },
    put(key, answer): void {
      if (answer.ttlSeconds === 0) return;
      const previous = entries.get(key);
      if (previous !== undefined) drop(key, previous);
      entries.set(key, { answer, storedAt: clock.monotonic() });
      bytes += answer.message.length;
      for (const [oldest, entry] of entries) {
        if (entries.size <= MOST_ENTRIES && bytes <= MOST_BYTES) break;
        drop(oldest, entry);
      }
    },
  };
}
