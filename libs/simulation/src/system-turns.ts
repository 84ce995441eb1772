/** One turn of the real event loop: every promise that can go on has gone on by then. No time passes in the simulation. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
