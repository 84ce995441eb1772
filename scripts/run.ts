import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A file for what the program says, instead of our terminal. */
  readonly logFile?: string;
}

/** A program's exit code; one that cannot start counts as failed. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
  const output = options.logFile === undefined ? 'inherit' : openSync(options.logFile, 'w');
  const env = { ...process.env, ...options.env };
  try {
    return await new Promise((resolve) => {
      const child = spawn(program, args, { stdio: ['ignore', output, output], env });
      child.once('error', (error) => {
        console.error(`${program}: ${error.message}`);
        resolve(127);
      });
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}
