import { setFlagsFromString } from 'node:v8';

/**
 * Without it V8 lets the old generation grow to some hundred megabytes before it collects it for the first time: a start
 * and the first whole answers leave much behind, and little of it is alive.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
}
