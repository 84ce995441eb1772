import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEADLINE_MS = 5_000;

export function holdsAddress(address: string): boolean {
  return networkInterfaces()['lo']?.some((one) => one.address === address) ?? false;
}

/**
 * Keeps the address on `lo`: the bridge that also has it comes with the first container and goes with the last, and a name
 * server must not.
 */
export async function holdAddress(address: string): Promise<void> {
  if (!holdsAddress(address))
    await run('ip', ['addr', 'replace', `${address}/32`, 'dev', 'lo'], { timeout: DEADLINE_MS });
}

export async function releaseAddress(address: string): Promise<void> {
  if (holdsAddress(address)) await run('ip', ['addr', 'del', `${address}/32`, 'dev', 'lo'], { timeout: DEADLINE_MS });
}

/** Podman refuses to make a network when the host holds an address of its subnet; ours goes for as long as that takes. */
export async function withoutAddress<T>(address: string, work: () => Promise<T>): Promise<T> {
  const held = holdsAddress(address);
  await releaseAddress(address);
  try {
    return await work();
  } finally {
    if (held) await holdAddress(address);
  }
}
