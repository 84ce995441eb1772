/** One JSON line for the journal. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export const logToStdout: Log = (level, message, fields) => {
  process.stdout.write(`${JSON.stringify({ level, msg: message, ...fields })}\n`);
};
