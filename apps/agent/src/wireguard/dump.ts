import type { ActualPeer } from '@techulus/reconcile';

export interface Dump {
  /** Null: the interface has no key yet. */
  readonly publicKey: string | null;
  readonly peers: readonly ActualPeer[];
}

const none = (text: string | undefined): string | null => (text === undefined || text === '(none)' ? null : text);

function parsePeer(line: string, nowSeconds: number): ActualPeer | null {
  const [publicKey, , endpoint, allowed, handshake] = line.split('\t');
  if (publicKey === undefined || allowed === undefined) return null;
  const at = Number(handshake);
  return {
    publicKey,
    endpoint: none(endpoint),
    allowedIps: (none(allowed) ?? '')
      .split(',')
      .filter((one) => one !== '')
      .toSorted(),
    handshakeAgeSeconds: at > 0 ? Math.max(0, nowSeconds - at) : null,
  };
}

/** `wg show wg0 dump`: the interface's line, then one per peer, fields between tabs. */
export function parseDump(text: string, nowSeconds: number): Dump {
  const [own = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const peers = lines.map((line) => parsePeer(line, nowSeconds)).filter((peer) => peer !== null);
  return { publicKey: none(own.split('\t')[1]), peers };
}

interface LinkJson {
  readonly ifalias?: string;
  readonly flags?: readonly string[];
  readonly mtu?: number;
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

export interface Link {
  readonly up: boolean;
  readonly alias: string | null;
  readonly mtu: number | null;
  readonly addresses: readonly string[];
}

/** `ip -j addr show dev wg0`. */
export function parseLink(text: string): Link | null {
  const found: readonly LinkJson[] = JSON.parse(text);
  const link = found.find((one) => one.flags !== undefined);
  if (link === undefined) return null;
  const addresses = (link.addr_info ?? []).map((one) => `${one.local}/${one.prefixlen}`);
  return { up: link.flags?.includes('UP') ?? false, alias: link.ifalias ?? null, mtu: link.mtu ?? null, addresses };
}

/** `ip -j route show dev wg0`, without the route that comes with the interface's own address. */
export function parseRoutes(text: string): readonly string[] {
  const found: readonly { readonly dst?: string; readonly protocol?: string }[] =
    text.trim() === '' ? [] : JSON.parse(text);
  return found
    .filter((route) => route.protocol !== 'kernel')
    .map((route) => route.dst ?? '')
    .filter((destination) => destination.includes('/'))
    .toSorted();
}
