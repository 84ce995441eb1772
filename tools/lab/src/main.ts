import { parseArguments } from './arguments.ts';
import { runCommand } from './commands.ts';
import { interrupt } from './lab.ts';
import { LabProblem } from './problem.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void interrupt().then(() => process.exit(130)));
}

try {
  process.exitCode = await runCommand(parseArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof LabProblem)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = error.code === 'usage' ? 2 : 1;
}
