import type { Outcome } from '@techulus/reconcile';
import { output, type RunProgram } from '../run-program.ts';
import { renderNftables, TABLE } from './render.ts';

const RETRY_MS = 10_000;

/** Counts what must be there; a table that was emptied or cut short by hand is not ours any more. */
const CHAINS = ['forward', 'input', 'postrouting'];

export async function tableStands(run: RunProgram): Promise<boolean> {
  const listed = await run('nft', ['list', 'table', 'inet', TABLE]);
  if (listed.code !== 0) return false;
  const rules = (listed.stdout.match(/\b(drop|accept|snat)\b.*$/gm) ?? []).length;
  return CHAINS.every((chain) => listed.stdout.includes(`chain ${chain} {`)) && rules >= renderedRules();
}

function renderedRules(): number {
  return (renderNftables().match(/\b(drop|accept|snat)\b.*$/gm) ?? []).length;
}

/** Puts the table up if it is not there as it should be; cheap enough to ask at every start and every look. */
export async function ensureFirewall(run: RunProgram): Promise<Outcome> {
  if (await tableStands(run)) return { outcome: 'done' };
  try {
    await output('setting the firewall table', run('nft', ['-f', '-'], { input: renderNftables() }));
    return { outcome: 'done' };
  } catch (error) {
    return { outcome: 'retry', afterMs: RETRY_MS, message: error instanceof Error ? error.message : String(error) };
  }
}

export async function removeFirewall(run: RunProgram): Promise<void> {
  await run('nft', ['delete', 'table', 'inet', TABLE]);
}
