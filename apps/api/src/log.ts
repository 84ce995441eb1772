import pino from 'pino';

/** Structured lines. Whoever logs names what happened; secrets, bodies and authorisation headers are never given to it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const SECRET_FIELDS = ['authorization', 'token', 'secret', 'password', 'signature', 'key', 'databaseUrl'];

export function jsonLog(): Log {
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]);
  return pino({ base: undefined, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '[hidden]' } });
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
