/**
 * The lab that the end-to-end tests run on: one of its own beside the demo's, fresh, and gone with the run. One that is up
 * in that place already (`TECHULUS_LAB_DIR=.lab-test npm run lab -- up`) is used as it is and left up.
 */
import { resolve } from 'node:path';
import { labDown, labUp, readLabJson } from '@techulus/lab';

function isUp(): boolean {
  try {
    process.kill(readLabJson().api[0]?.pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** Jest runs setup and teardown in one process, but gives them no common value. */
export const stopping: { stop: () => Promise<void> } = { stop: () => Promise.resolve() };

/** Jest calls no teardown when it is interrupted. */
async function stopAndLeave(): Promise<void> {
  await stopping.stop();
  process.exit(130);
}

export default async function startLab(): Promise<void> {
  process.env['TECHULUS_LAB_DIR'] ??= resolve('.lab-test');
  if (isUp()) return;
  // Whatever a run that was killed left behind.
  await labDown({ purge: true });
  stopping.stop = () => labDown({ purge: true });
  // The terminal and npm may both send the same one; the first counts.
  let leaving: Promise<void> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void (leaving ??= stopAndLeave()));
  try {
    await labUp({ onProgress: (line) => console.error(`lab: ${line}`) });
  } catch (error) {
    await stopping.stop();
    throw error;
  }
}
