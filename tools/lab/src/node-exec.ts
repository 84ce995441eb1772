/** Running commands in a node: in all its namespaces and its cgroups, with the rights that its PID 1 has. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodeDir, nodePid } from './nodes.ts';
import type { LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import { run, tryRun, type RunOptions, type RunResult } from './run.ts';

const capabilities = '-sys_time,-sys_module,-sys_rawio,-syslog';
const environment = ['HOME=/root', 'LANG=C.UTF-8', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/** On the unified hierarchy only a leaf may hold processes, hence a folder of its own there. */
const entering = `pid=$1; list=$2; shift 2
while read -r dir; do
  if [ -e "$dir/cgroup.controllers" ]; then dir=$dir/lab-exec; mkdir -p "$dir"; fi
  echo $$ > "$dir/cgroup.procs" || exit 125
done < "$list"
exec nsenter -t "$pid" -m -u -i -n -p -C "$@"`;

function execArguments(paths: LabPaths, name: string, command: readonly string[]): string[] {
  const pid = nodePid(paths, name);
  if (pid === undefined)
    throw new LabProblem('node_off', `node ${name} is not running: start it with \`npm run lab -- up\``);
  const rights = ['setpriv', '--bounding-set', capabilities, '--inh-caps', capabilities, 'env', '-i', ...environment];
  return ['-c', entering, 'lab-exec', String(pid), join(nodeDir(paths, name), 'cgroups'), ...rights, ...command];
}

export async function tryExecInNode(
  paths: LabPaths,
  name: string,
  command: readonly string[],
  options?: RunOptions,
): Promise<RunResult> {
  return await tryRun('sh', execArguments(paths, name, command), options);
}

/** Standard output of a command that must succeed in the node. */
export async function execInNode(
  paths: LabPaths,
  name: string,
  command: readonly string[],
  options?: RunOptions,
): Promise<string> {
  const title = `in node ${name}: ${command.join(' ').slice(0, 80)}`;
  return await run('sh', execArguments(paths, name, command), { title, ...options });
}

/** For a person at a terminal: the command has our standard streams; its exit code is the answer. */
export async function attachInNode(paths: LabPaths, name: string, command: readonly string[]): Promise<number> {
  const child = spawn('sh', execArguments(paths, name, command), { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
