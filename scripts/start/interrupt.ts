/**
 * Resolves with the first Ctrl-C or termination. Later ones are ignored: the terminal and npm may both send the same one, and
 * taking the lab down half way would leave mounts behind.
 */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}
