/** One line per message on standard error, which systemd puts into the journal. Never given a secret. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

function line(prefix: string, message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${prefix}${message}${pairs.join('')}\n`;
}

/** `<4>` and `<6>` are the journal's priorities (sd-daemon(3)). */
export const journalLog: Log = {
  info: (message, fields) => void process.stderr.write(line('<6>', message, fields)),
  warn: (message, fields) => void process.stderr.write(line('<4>', message, fields)),
};

export const silentLog: Log = { info: () => undefined, warn: () => undefined };

/** An error and its causes as one line. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${explain(error.cause)}`;
}
