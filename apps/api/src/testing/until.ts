import { sleep, systemTimers } from '@techulus/ports';

/** Looks again and again, for at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'it'): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await holds()) return;
    await sleep(systemTimers, 20);
  }
  throw new Error(`did not happen within 10 s: ${what}`);
}
