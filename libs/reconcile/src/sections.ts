/** What to do about the sections that are applied as a whole: names, routes, the mesh. */
import type { PeerPart } from '@techulus/contract';
import type { Action } from './action.ts';
import type { ActualPeer, ActualState, ActualWireguard, AppliedSection, Observed } from './actual-state.ts';
import type { ExpectedSection, ExpectedState } from './expected.ts';

/** Why what is in effect is not what is expected; null when it is, or when either is not known. */
function drift(expected: ExpectedSection<unknown> | undefined, actual: Observed<AppliedSection>): string | null {
  if (expected === undefined || !actual.observed) return null;
  const { generation, hash } = actual.value;
  if (generation === null) return 'nothing is applied yet';
  const same =
    generation.epoch === expected.generation.epoch &&
    generation.position === expected.generation.position &&
    generation.renderer === expected.generation.renderer;
  if (!same) return `position ${generation.position} is applied, expected is ${expected.generation.position}`;
  return hash === expected.hash ? null : 'what is applied is not what was sent';
}

export function diffDns(expected: ExpectedState, actual: ActualState): Action[] {
  const because = drift(expected.dns, actual.dns);
  if (because === null || expected.dns === undefined) return [];
  const { generation, hash, parts } = expected.dns;
  return [{ kind: 'apply_dns', key: 'dns', generation, hash, records: parts, because }];
}

export function diffTraefik(expected: ExpectedState, actual: ActualState): Action[] {
  const because = drift(expected.traefik, actual.traefik);
  if (because === null || expected.traefik === undefined) return [];
  const { generation, hash, parts } = expected.traefik;
  return [{ kind: 'apply_traefik', key: 'traefik', generation, hash, routes: parts, because }];
}

/** What a peer may send and is sent: its mesh subnet and its containers. */
export function allowedIps(subnetId: number): string[] {
  return [`10.100.${subnetId}.0/24`, `10.200.${subnetId}.0/24`];
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join(' ') === b.toSorted().join(' ');
}

function peerDrift(peer: PeerPart, actual: ActualPeer | undefined): string | null {
  if (actual === undefined) return `peer ${peer.key} is missing`;
  if (!sameTexts(actual.allowedIps, allowedIps(peer.subnetId))) return `peer ${peer.key} has other addresses`;
  // An endpoint that WireGuard has, learned or given, is its own; only one without any is given a candidate.
  return actual.endpoint === null && peer.endpoints.length > 0 ? `peer ${peer.key} has no endpoint` : null;
}

/** Why the mesh is not what is expected, or null. */
export function wireguardDrift(peers: readonly PeerPart[], actual: ActualWireguard): string | null {
  if (!actual.interfaceUp) return 'the interface is not up';
  const wanted = new Set(peers.map((peer) => peer.publicKey));
  const stranger = actual.peers.find((peer) => !wanted.has(peer.publicKey));
  if (stranger !== undefined) return `peer ${stranger.publicKey} is not expected`;
  const byKey = peers.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  for (const peer of byKey) {
    const because = peerDrift(
      peer,
      actual.peers.find((other) => other.publicKey === peer.publicKey),
    );
    if (because !== null) return because;
  }
  const routes = peers.flatMap((peer) => allowedIps(peer.subnetId));
  return sameTexts(routes, actual.routes) ? null : 'the routes are others';
}

export function diffWireguard(expected: ExpectedState, actual: ActualState): Action[] {
  if (expected.wireguard === undefined || !actual.wireguard.observed) return [];
  const because = wireguardDrift(expected.wireguard.parts, actual.wireguard.value);
  if (because === null) return [];
  return [
    {
      kind: 'apply_wireguard',
      key: 'wireguard',
      subnetId: expected.subnetId,
      peers: expected.wireguard.parts,
      because,
    },
  ];
}
