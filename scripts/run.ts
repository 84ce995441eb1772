import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A file for what the program says, instead of our terminal. */
  readonly logFile?: string;
}

/** A program's exit code; one that cannot start counts as failed. Signals that we get, it gets, and we wait for its end. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
  const output = options.logFile === undefined ? 'inherit' : openSync(options.logFile, 'w');
  const env = { ...process.env, ...options.env };
  try {
    return await exitCodeOf(spawn(program, args, { stdio: ['ignore', output, output], env }), program);
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}

function exitCodeOf(child: ChildProcess, program: string): Promise<number> {
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    const end = (code: number): void => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      end(127);
    });
    child.once('exit', (code) => end(code ?? 1));
  });
}
