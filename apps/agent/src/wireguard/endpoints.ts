import { isIPv4, isIPv6 } from 'node:net';
import type { ActualPeer } from '@techulus/reconcile';
import type { PeerPart } from '@techulus/contract';
import { FRESH_SECONDS } from './plan.ts';

const IPV4 = /^(\d{1,3}(\.\d{1,3}){3}):\d{1,5}$/;
const IPV6 = /^\[([0-9a-f:.]{2,45})\]:\d{1,5}$/i;

/** Candidates that WireGuard can take as they are: an address and a port, nothing that could become a line or a look-up. */
function candidates(part: PeerPart): readonly string[] {
  return part.endpoints.filter((one) => isIPv4(IPV4.exec(one)?.[1] ?? '') || isIPv6(IPV6.exec(one)?.[1] ?? ''));
}

export function hasHandshake(peer: ActualPeer | undefined): boolean {
  const age = peer?.handshakeAgeSeconds ?? null;
  return age !== null && age <= FRESH_SECONDS;
}

/**
 * What to write as a peer's endpoint; null leaves the one it has. An endpoint with a fresh handshake was proven, or learned
 * from the peer's own packets: written over, the tunnel would be cut.
 */
export function endpointToWrite(part: PeerPart, actual: ActualPeer | undefined): string | null {
  if (hasHandshake(actual)) return null;
  const [first = null, ...rest] = candidates(part);
  const present = actual?.endpoint ?? null;
  return present !== null && [first, ...rest].includes(present) ? null : first;
}

export interface EndpointChange {
  readonly publicKey: string;
  readonly endpoint: string;
}

/** The next candidate for each peer without a handshake; one with a single candidate that it has already stays. */
export function nextEndpoints(parts: readonly PeerPart[], actual: readonly ActualPeer[]): readonly EndpointChange[] {
  const peers = new Map(actual.map((peer) => [peer.publicKey, peer]));
  return parts.flatMap((part) => {
    const peer = peers.get(part.publicKey);
    const known = candidates(part);
    if (peer === undefined || hasHandshake(peer) || known.length === 0) return [];
    const at = peer.endpoint === null ? -1 : known.indexOf(peer.endpoint);
    const endpoint = known[(at + 1) % known.length];
    return endpoint === undefined || endpoint === peer.endpoint ? [] : [{ publicKey: part.publicKey, endpoint }];
  });
}
