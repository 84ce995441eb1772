/** `main.js` serves; `main.js verify-log` checks the hash chain; `main.js rebuild` writes the read models anew. */
import 'reflect-metadata';
import { type Config, readConfig } from './config.ts';
import { jsonLog, type Log } from './log.ts';
import { rebuild, verify } from './log-commands.ts';
import { serve } from './serve.ts';

/** Answers whether it went well; one that never ends answers when it is told to stop. */
type CliCommand = (config: Config, log: Log) => Promise<boolean>;

async function serveUntilTold(config: Config, log: Log): Promise<boolean> {
  // From the beginning: a signal during the start must not leave a half started control plane behind.
  const told = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const running = await serve(config, log);
  const { ended } = running.platform.database;
  const why = await Promise.race([told.then(() => 'told' as const), ended.then(() => 'no database' as const)]);
  // Whoever supervises this process starts it again, and with it the database.
  if (why === 'no database')
    throw new Error('the embedded PostgreSQL has ended; see postgres/postgres.log in the state directory');
  await running.stop();
  return true;
}

const commands: Readonly<Record<string, CliCommand>> = { serve: serveUntilTold, 'verify-log': verify, rebuild };

async function main(name: string, log: Log): Promise<boolean> {
  const command = commands[name];
  if (command === undefined) throw new Error(`there is no command "${name}": ${Object.keys(commands).join(', ')}`);
  return command(readConfig(process.env), log);
}

const log = jsonLog();
try {
  process.exit((await main(process.argv[2] ?? 'serve', log)) ? 0 : 1);
} catch (error) {
  log.error({ err: error }, error instanceof Error ? error.message : 'failed');
  process.exit(1);
}
