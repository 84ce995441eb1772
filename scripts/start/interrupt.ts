const everyDay = 86_400_000;

/**
 * Resolves with the first Ctrl-C or termination, and keeps the process alive until then. Later ones are ignored: the terminal
 * and npm may both send the same one, and taking the lab down half way would leave mounts behind.
 */
export function untilInterrupted(): Promise<void> {
  // Signal handlers alone keep no process alive.
  const alive = setInterval(() => undefined, everyDay);
  return new Promise((resolve) => {
    const interrupt = (): void => {
      clearInterval(alive);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  });
}
