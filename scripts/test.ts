/**
 * `npm test`: every stage runs, also after one has failed; what each said stays in dist/test/<stage>.log, and is shown here
 * when it failed. The last line is the sum.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { styleText } from 'node:util';
import { follow } from './follow.ts';
import { run } from './run.ts';
import { stages, type Stage } from './test/stages.ts';
import { renderTally, sum, tallyOfCheck, tallyOfJest, type JestReport, type Tally } from './test/tally.ts';

const folder = 'dist/test';
const dim = (text: string): string => styleText('dim', text);

function readReport(path: string): JestReport | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

async function execute(stage: Stage, logFile: string): Promise<Tally> {
  const reportFile = `${folder}/${stage.name}.json`;
  rmSync(reportFile, { force: true });
  const args = stage.kind === 'jest' ? [...stage.args, '--json', `--outputFile=${reportFile}`] : stage.args;
  const code = await run(stage.program, args, { logFile });
  return stage.kind === 'jest' ? tallyOfJest(code, readReport(reportFile)) : tallyOfCheck(code);
}

/** Jest's `--json` also prints the whole report; the file has it. */
function said(logFile: string): string {
  return readFileSync(logFile, 'utf8').replace(/^\{"numFailedTestSuites.*$/m, '');
}

async function runStage(stage: Stage): Promise<Tally> {
  const logFile = `${folder}/${stage.name}.log`;
  const start = performance.now();
  process.stdout.write(`▸ ${stage.name}${stage.live ? '\n' : ' … '}`);
  const following = stage.live ? follow(logFile, (line) => console.log(dim(`  ${line}`))) : undefined;
  const tally = await execute(stage, logFile);
  following?.stop();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${tally.failed === 0 ? 'ok' : 'FAILED'}: ${renderTally(tally)} ${dim(`(${seconds} s)`)}`);
  if (tally.failed > 0 && !stage.live) console.log(said(logFile));
  return tally;
}

mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
const tallies: Tally[] = [];
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true));
for (const stage of stages) {
  if (interrupted || (wanted.length > 0 && !wanted.includes(stage.name))) continue;
  tallies.push(await runStage(stage));
}
const total = sum(tallies);
console.log(renderTally(total));
process.exitCode = total.failed === 0 && total.passed > 0 && !interrupted ? 0 : 1;
