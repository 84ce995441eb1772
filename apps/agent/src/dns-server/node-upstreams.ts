import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Upstream } from './upstream-sockets.ts';

/** systemd-resolved's list of the links' own servers first: /etc/resolv.conf names its stub, which could ask us back. */
export const RESOLVER_FILES = ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf'];
const STUBS = new Set(['127.0.0.53', '127.0.0.54']);
const DNS_PORT = 53;

/** The servers that a resolv.conf names, in its order. */
export function parseResolvConf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address) !== 0);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The node's own resolvers without ourselves, or every query would come back to us. */
export function readNodeUpstreams(ownAddress: string, files: readonly string[] = RESOLVER_FILES): readonly Upstream[] {
  const text = files.map(read).find((found) => found !== null) ?? '';
  return parseResolvConf(text)
    .filter((address) => address !== ownAddress && !STUBS.has(address))
    .map((address) => ({ address, port: DNS_PORT }));
}
