import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.ts';

/** Nest's own lines in the log's form; those of its start are noise to an operator. */
export function nestLog(log: Log): LoggerService {
  const text = (message: unknown): string => (message instanceof Error ? message.message : String(message));
  return {
    log: (message: unknown) => log.debug({ from: 'nest' }, text(message)),
    debug: (message: unknown) => log.debug({ from: 'nest' }, text(message)),
    verbose: (message: unknown) => log.debug({ from: 'nest' }, text(message)),
    warn: (message: unknown) => log.warn({ from: 'nest' }, text(message)),
    error: (message: unknown, ...rest: unknown[]) => log.error({ from: 'nest', detail: rest.map(text) }, text(message)),
    fatal: (message: unknown) => log.error({ from: 'nest' }, text(message)),
  };
}
