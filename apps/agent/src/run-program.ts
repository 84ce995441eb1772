import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** Runs a program of the system; a port, so that effectors can be tried without one. */
export type RunProgram = (program: string, args: readonly string[], options?: ProgramOptions) => Promise<ProgramResult>;

const DEADLINE_MS = 15_000;
const MOST_OUTPUT = 1024 * 1024;
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** Never rejects for an exit code; a program that is not there counts as 127. No shell, so no argument can become one. */
export const runProgram: RunProgram = (program, args, options = {}) =>
  new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    const child = spawn(program, args, {
      env: ENVIRONMENT,
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (output[stream].length < MOST_OUTPUT) output[stream] += text;
      });
    }
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.on('close', (code) => resolve({ code, ...output }));
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });

export class ProgramFailed extends Error {
  readonly code = 'program_failed';
  constructor(what: string, result: ProgramResult) {
    const said = result.stderr.trim() || result.stdout.trim() || `exit code ${result.code}`;
    super(`${what}: ${said.slice(0, 500)}`);
    this.name = 'ProgramFailed';
  }
}

/** Its standard output, or ProgramFailed saying what was being done. */
export async function output(what: string, result: Promise<ProgramResult>): Promise<string> {
  const ended = await result;
  if (ended.code !== 0) throw new ProgramFailed(what, ended);
  return ended.stdout;
}
