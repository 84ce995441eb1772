/** `first`, then doubled with each failure, at most `most`; milliseconds. */
export function backoffMs(failures: number, first: number, most: number): number {
  return Math.min(most, first * 2 ** Math.max(0, failures - 1));
}
