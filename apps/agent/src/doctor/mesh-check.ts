import type { PeerPart } from '@techulus/contract';
import { explain } from '../log.ts';
import { hasHandshake } from '../wireguard/endpoints.ts';
import { isOurs, lookAtInterface, type ObservePorts, type WireguardSight } from '../wireguard/observe.ts';
import { INTERFACE, meshAddress, PORT } from '../wireguard/plan.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

function checkPeers(sight: WireguardSight, peers: readonly PeerPart[]): readonly Finding[] {
  const actual = new Map(sight.dump.peers.map((peer) => [peer.publicKey, peer]));
  return peers.map((part) => {
    const peer = actual.get(part.publicKey);
    const name = `peer ${meshAddress(part.subnetId)}`;
    if (peer === undefined)
      return fail(name, 'is expected and not set', 'the agent sets it; see: journalctl -u techulus-agent');
    if (hasHandshake(peer)) return ok(name, `handshake ${peer.handshakeAgeSeconds} s ago with ${peer.endpoint}`);
    const candidates = part.endpoints.join(', ') || 'none known';
    return warn(
      name,
      `no handshake; candidates: ${candidates}`,
      `let UDP port ${PORT} through between these servers, in at least one direction`,
    );
  });
}

export interface Mesh {
  readonly publicKey: string;
  /** Null: the control plane has not sent them yet. */
  readonly peers: readonly PeerPart[] | null;
}

export async function checkMesh(ports: ObservePorts, mesh: Mesh): Promise<readonly Finding[]> {
  try {
    const sight = await lookAtInterface(ports);
    if (sight === null)
      return [
        fail(
          'mesh',
          `there is no interface ${INTERFACE}`,
          'the agent makes it; see: journalctl -u techulus-agent -u techulus-wireguard',
        ),
      ];
    if (!isOurs(sight, mesh.publicKey)) {
      return [
        fail(
          'mesh',
          `${INTERFACE} was made by something else`,
          `remove it (ip link delete ${INTERFACE}) and disable what makes it`,
        ),
      ];
    }
    const { up, addresses, mtu } = sight.link;
    const own = up
      ? ok('mesh', `${INTERFACE} is up with ${addresses.join(', ')}, MTU ${mtu}`)
      : fail('mesh', `${INTERFACE} is down`, `ip link set ${INTERFACE} up; the agent does it at its next look`);
    return [own, ...checkPeers(sight, mesh.peers ?? [])];
  } catch (error) {
    return [fail('mesh', explain(error), 'apt-get install wireguard-tools iproute2')];
  }
}
