import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Standard output of a command that must succeed within the time. */
export async function run(file: string, args: readonly string[], seconds = 60): Promise<string> {
  const options = { encoding: 'utf8', timeout: seconds * 1000, maxBuffer: 64 * 1024 * 1024 } as const;
  const { stdout } = await execute(file, [...args], options);
  return stdout;
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What it said so far, both streams. */
  output(): string;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

export function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const child = spawn(file, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  return {
    process: child,
    pid: child.pid ?? 0,
    output: () => output,
    async stop(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(hard);
    },
  };
}

export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let turn = 0; turn < 6_000; turn += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(10);
  }
  throw new Error(`did not come within a minute: ${what}`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
