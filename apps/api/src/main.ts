/** `main.js` serves; `main.js verify-log` checks the hash chain; `main.js rebuild` writes the read models anew. */
import 'reflect-metadata';
import { readConfig } from './config.ts';
import { jsonLog } from './log.ts';
import { serve } from './serve.ts';

const log = jsonLog();

async function run(): Promise<void> {
  const running = await serve(readConfig(process.env), log);
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  await run();
} catch (error) {
  log.error({ err: error }, error instanceof Error ? error.message : 'could not start');
  process.exit(1);
}
