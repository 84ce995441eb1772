/** Running commands of the host: captured, with a deadline, ended with us. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { currentSignal } from './cancellation.ts';
import { LabProblem } from './problem.ts';

export interface RunOptions {
  readonly input?: string;
  readonly seconds?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A file that standard output and error are appended to, for long commands that nobody wants to read when all is well. */
  readonly logFile?: string;
  /** What a failure is reported as, where the command line says little or too much. */
  readonly title?: string;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function collect(chunks: Buffer[], chunk: Buffer): void {
  chunks.push(chunk);
}

/** Any exit code is an answer; only a command that cannot be started, or outlives its deadline, throws. */
export async function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  try {
    return await new Promise<RunResult>((resolve, reject) => {
      const child = spawn(command, args, {
        env: options.env ?? process.env,
        cwd: options.cwd,
        signal: currentSignal(),
        detached: true, // A Ctrl-C at the terminal is for us to act on: a step of going down must not die of it.
        stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => collect(out, chunk));
      child.stderr?.on('data', (chunk: Buffer) => collect(err, chunk));
      // A command that does not read its input closes the pipe early: its exit code says what matters.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input ?? '');
      const seconds = options.seconds ?? 120;
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new LabProblem('timeout', `${command} ${args.slice(0, 3).join(' ')}: no end within ${seconds} s`));
      }, seconds * 1000);
      child.on('error', (error) => {
        clearTimeout(late);
        if (error.name === 'AbortError')
          reject(new LabProblem('interrupted', `interrupted: ${command}`, { cause: error }));
        reject(
          new LabProblem('command_missing', `${command} could not be started: ${error.message}`, { cause: error }),
        );
      });
      child.on('close', (code, signal) => {
        clearTimeout(late);
        const stderr = Buffer.concat(err).toString();
        resolve({
          code: code ?? 1,
          stdout: Buffer.concat(out).toString(),
          stderr: signal === null ? stderr : `${stderr}${signal}`,
        });
      });
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** Standard output of a command that must succeed. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    const said = (result.stderr || result.stdout).trim().split('\n').slice(-3).join(' | ');
    const where = options.logFile === undefined ? said : `see ${options.logFile}`;
    const what = options.title ?? `${command} ${args.slice(0, 4).join(' ')}`;
    throw new LabProblem('command_failed', `${what} ended with ${result.code}: ${where}`);
  }
  return result.stdout;
}
