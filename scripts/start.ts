/**
 * `npm start`: build, three nodes, the demo, a table; then it stays until Ctrl-C, which takes everything down and keeps the
 * data. Every step asks first what is there, so a second start resumes.
 */
import { connect } from '@techulus/api-client';
import { labDown, labUp } from '@techulus/lab';
import { run } from './run.ts';
import { deployDemo } from './start/demo.ts';
import { untilInterrupted } from './start/interrupt.ts';
import { refuseSecond } from './start/only-one.ts';
import { renderWelcome } from './start/welcome.ts';
import { step } from './step.ts';

const say = (line: string): void => console.log(`  ${line}`);

/** Ctrl-C ends the build's processes as well: that is no failure of the build. */
async function build(interrupted: Promise<void>): Promise<void> {
  let wasInterrupted = false;
  void interrupted.then(() => (wasInterrupted = true));
  const code = await run('node', ['scripts/build.ts', '--deb']);
  if (wasInterrupted) throw new Error('Interrupted while building; nothing was started.');
  if (code !== 0) throw new Error('The build failed; its words are above.');
}

async function bringUp(): Promise<void> {
  const lab = await step('bringing up the control plane and three nodes', () => labUp({ onProgress: say }));
  const client = connect(lab.apiUrl, lab.adminToken ?? '');
  await step('deploying the demo', () => deployDemo(client, lab.registry, say));
  console.log(await renderWelcome(client, lab));
}

/** An interrupt while something is still coming up takes down what is there by then. */
async function stayUp(interrupted: Promise<void>): Promise<void> {
  try {
    await Promise.race([bringUp(), interrupted]);
    await interrupted;
  } finally {
    await step('taking everything down; the data stays for the next start', () => labDown({ onProgress: say }));
  }
}

try {
  refuseSecond('dist/start.pid');
  const interrupted = untilInterrupted();
  await step('building', () => build(interrupted));
  await stayUp(interrupted);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// What was still coming up when it was interrupted does not hold us.
process.exit();
