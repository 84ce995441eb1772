/**
 * `main.js` serves; `verify-log` checks the hash chain; `rebuild` writes the read models anew; `backup --to FILE` and
 * `restore --from FILE` take database and keys together.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { backUp } from './backup/backup.ts';
import { restore } from './backup/restore.ts';
import { type Config, readConfig } from './config.ts';
import { jsonLog, type Log } from './log.ts';
import { rebuild, verify } from './log-commands.ts';
import { serve } from './serve.ts';

/** Answers whether it went well; one that never ends answers when it is told to stop. */
type CliCommand = (config: Config, log: Log, args: readonly string[]) => Promise<boolean>;

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

/** The file that an option names. */
function file(args: readonly string[], option: 'to' | 'from'): string {
  const { values } = parseArgs({ args: [...args], options: { [option]: { type: 'string' } } });
  const path = values[option];
  if (typeof path !== 'string' || path === '') throw new Error(`say which file: --${option} FILE`);
  return path;
}

const commands: Readonly<Record<string, CliCommand>> = {
  serve: serveUntilTold,
  'verify-log': verify,
  rebuild,
  backup: (config, log, args) => backUp(config, log, file(args, 'to')),
  restore: (config, log, args) => restore(config, log, file(args, 'from')),
};

async function main([name = 'serve', ...args]: readonly string[], log: Log): Promise<boolean> {
  const command = commands[name];
  if (command === undefined) throw new Error(`there is no command "${name}": ${Object.keys(commands).join(', ')}`);
  return command(readConfig(process.env), log, args);
}

const log = jsonLog();
try {
  process.exit((await main(process.argv.slice(2), log)) ? 0 : 1);
} catch (error) {
  log.error({ err: error }, error instanceof Error ? error.message : 'failed');
  process.exit(1);
}
