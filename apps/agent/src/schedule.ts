/** When to look again although nothing rang. */
import type { ActualState } from '@techulus/reconcile';
import type { Deferral } from './deferrals.ts';

const EVERY_MS = 5_000;
const SHORTEST_MS = 20;

function dueTimes(actual: ActualState): number[] {
  if (!actual.containers.observed) return [];
  const { containers, images } = actual.containers.value;
  const stops = containers.flatMap((c) => (c.termSentAt === null ? [] : [c.termSentAt + c.stopTimeoutSeconds * 1000]));
  const starts = containers.map((container) => container.notBefore);
  const pulls = [...images.values()].flatMap((image) => (image.state === 'failed' ? [image.notBefore] : []));
  return [...stops, ...starts, ...pulls];
}

/** Milliseconds until the next time something becomes due, at most five seconds. `hasty`: something changes by itself. */
export function nextLookMs(actual: ActualState, deferrals: readonly Deferral[], now: number, hasty: boolean): number {
  const due = [...dueTimes(actual), ...deferrals.map((deferral) => deferral.until)].filter((time) => time > now);
  return Math.max(SHORTEST_MS, Math.min(hasty ? 500 : EVERY_MS, ...due.map((time) => time - now)));
}
