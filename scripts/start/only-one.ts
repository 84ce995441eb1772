import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

/** A number alone may belong to a stranger by now, so the process must also be one of ours. */
function holder(file: string): number | undefined {
  const pid = Number(readOr(file, '0'));
  const command = pid === process.pid ? '' : readOr(`/proc/${pid}/cmdline`, '');
  return command.includes('scripts/start.ts') ? pid : undefined;
}

/** Two in one checkout would take each other's nodes down. */
export function refuseSecond(file: string): void {
  const other = holder(file);
  if (other !== undefined) throw new Error(`\`npm start\` is at work in this checkout already, as process ${other}.`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, String(process.pid));
  process.once('exit', () => rmSync(file, { force: true }));
}
