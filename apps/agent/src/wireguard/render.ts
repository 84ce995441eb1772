import type { PeerPart } from '@techulus/contract';
import { KEEPALIVE_SECONDS, PORT, subnetsOf } from './plan.ts';

export interface WireguardConfig {
  readonly privateKey: string;
  readonly peers: readonly PeerPart[];
  /** By public key; a peer that is left out keeps the endpoint it has. */
  readonly endpoints: ReadonlyMap<string, string>;
}

function renderPeer(peer: PeerPart, endpoint: string | undefined): string {
  const lines = [
    '[Peer]',
    `PublicKey = ${peer.publicKey}`,
    `AllowedIPs = ${subnetsOf(peer.subnetId).join(', ')}`,
    ...(endpoint === undefined ? [] : [`Endpoint = ${endpoint}`]),
    `PersistentKeepalive = ${KEEPALIVE_SECONDS}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The text for `wg syncconf`: pure, peers in the order of their subnets. */
export function renderWireguard(config: WireguardConfig): string {
  const own = `[Interface]\nPrivateKey = ${config.privateKey}\nListenPort = ${PORT}\n`;
  const peers = config.peers.toSorted((a, b) => a.subnetId - b.subnetId || (a.key < b.key ? -1 : 1));
  return [own, ...peers.map((peer) => renderPeer(peer, config.endpoints.get(peer.publicKey)))].join('\n');
}
