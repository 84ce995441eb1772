import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuMs } from './process-figures.ts';
import { run } from './run.ts';

export interface Load {
  readonly perSecond: number;
  readonly requests: number;
  /** Of the server's process. */
  readonly cpuMsPerRequest: number;
}

export interface Target {
  readonly pid: number;
  readonly url: string;
}

const CONNECTIONS = 50;

function luaScript(requests: readonly string[]): string {
  const list = requests.map((text) => `[==[${text}]==]`).join(',\n');
  return `local requests = {\n${list}\n}\nlocal n, size = 0, #requests\nrequest = function()\n  n = n % size + 1\n  return requests[n]\nend\n`;
}

export interface Prepared {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

function raw({ method, path, headers }: Prepared): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`);
  // Lua's long brackets read every line end as one, so it is put back there.
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\n');
}

/** The prepared requests in turn, over and over, for so many seconds. */
export async function load(target: Target, prepared: readonly Prepared[], seconds: number, dir: string): Promise<Load> {
  const script = join(dir, 'requests.lua');
  const requests = prepared.map(raw);
  writeFileSync(
    script,
    luaScript(requests).replace(
      'local n,',
      'for i, text in ipairs(requests) do requests[i] = text:gsub("\\n", "\\r\\n") end\nlocal n,',
    ),
  );
  const before = cpuMs(target.pid);
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, target.url];
  const said = await run('wrk', args, seconds + 30);
  const spent = cpuMs(target.pid) - before;
  const done = Number(/(\d+) requests in/.exec(said)?.[1]);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? 0);
  const broken = /Socket errors:.*/.exec(said)?.[0];
  if (refused > 0 || broken !== undefined) throw new Error(`wrk: ${refused} refused, ${broken ?? 'no socket errors'}`);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]),
    requests: done,
    cpuMsPerRequest: spent / done,
  };
}
