/** Established TCP connections to a replica, read in its own network namespace through /proc. */
import { readFile } from 'node:fs/promises';

const ESTABLISHED = '01';

/** The kernel writes each 32-bit word of an address in the host's byte order: little-endian here. */
function hexOf(address: string): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0').toUpperCase());
  return bytes.toReversed().join('');
}

/** From the text of /proc/net/tcp and tcp6: those that end at the address, as such or mapped into IPv6. */
export function countEstablished(table: string, address: string): number {
  const plain = hexOf(address);
  const local = new Set([plain, `0000000000000000FFFF0000${plain}`]);
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, here = '', , state]) => state === ESTABLISHED && local.has(here.split(':')[0] ?? '')).length;
}

/** Null when they cannot be read: the process has just ended. */
export async function openConnections(pid: number, address: string): Promise<number | null> {
  try {
    const tables = await Promise.all(
      ['tcp', 'tcp6'].map((name) =>
        readFile(`/proc/${pid}/net/${name}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (name === 'tcp6' && error.code === 'ENOENT') return '';
          throw error;
        }),
      ),
    );
    return tables.reduce((sum, table) => sum + countEstablished(table, address), 0);
  } catch {
    return null;
  }
}
