import type { PeerPart } from '@techulus/contract';
import { sleep, type Timers } from '@techulus/ports';
import type { ActualPeer, Effector, Outcome } from '@techulus/reconcile';
import { output, ProgramFailed } from '../run-program.ts';
import { endpointToWrite, nextEndpoints } from './endpoints.ts';
import { isOurs, lookAtInterface, type ObservePorts } from './observe.ts';
import { ALIAS, INTERFACE, meshAddress, MTU, subnetsOf } from './plan.ts';
import { renderWireguard } from './render.ts';

export interface WireguardPorts extends ObservePorts {
  readonly timers: Timers;
}

export interface WireguardKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

const USERSPACE_UNIT = 'techulus-wireguard.service';
/** wg opens a path, and Node's pipes are sockets, which cannot be opened: hence cat. The private key touches no disk. */
const SYNC = `cat | wg syncconf ${INTERFACE} /dev/stdin`;
const FORWARDING = 'net.ipv4.ip_forward';
const DEVICE_LOOKS = 50;
const DEVICE_LOOK_MS = 100;
const RETRY_MS = 5_000;

const FOREIGN =
  `there is a network interface ${INTERFACE} that this agent did not make; nothing was changed. ` +
  `Remove it (ip link delete ${INTERFACE}, and disable what makes it, such as wg-quick@${INTERFACE}), or use another machine.`;

/**
 * By the kernel's module, else by wireguard-go in a unit of its own, which outlives this process: restarting or upgrading
 * the agent cuts no tunnel.
 */
async function makeDevice(ports: WireguardPorts): Promise<void> {
  const made = await ports.run('ip', ['link', 'add', INTERFACE, 'type', 'wireguard']);
  if (made.code === 0) return;
  const started = await ports.run('systemctl', ['restart', USERSPACE_UNIT]);
  if (started.code !== 0) {
    throw new ProgramFailed(
      `the kernel has no WireGuard (${made.stderr.trim()}) and wireguard-go did not start`,
      started,
    );
  }
  for (let look = 0; look < DEVICE_LOOKS; look++) {
    if ((await ports.run('wg', ['show', INTERFACE])).code === 0) return;
    await sleep(ports.timers, DEVICE_LOOK_MS);
  }
  throw new Error('wireguard-go was started and made no interface; see: journalctl -u techulus-wireguard');
}

async function allowForwarding(ports: WireguardPorts): Promise<void> {
  const { stdout } = await ports.run('sysctl', ['-n', FORWARDING]);
  if (stdout.trim() !== '1') await output('allowing forwarding', ports.run('sysctl', ['-q', '-w', `${FORWARDING}=1`]));
}

async function configureLink(ports: WireguardPorts, subnetId: number, present: readonly string[]): Promise<void> {
  const address = `${meshAddress(subnetId)}/24`;
  const mtu = ['link', 'set', 'dev', INTERFACE, 'mtu', String(MTU), 'alias', ALIAS, 'up'];
  await output(`bringing ${INTERFACE} up`, ports.run('ip', mtu));
  await output(`giving ${INTERFACE} its address`, ports.run('ip', ['addr', 'replace', address, 'dev', INTERFACE]));
  for (const other of present.filter((one) => one !== address && !one.includes(':'))) {
    await output('removing an old address', ports.run('ip', ['addr', 'del', other, 'dev', INTERFACE]));
  }
}

async function syncPeers(
  ports: WireguardPorts,
  keys: WireguardKeys,
  peers: readonly PeerPart[],
  actual: readonly ActualPeer[],
): Promise<void> {
  const known = new Map(actual.map((peer) => [peer.publicKey, peer]));
  const endpoints = new Map<string, string>();
  for (const peer of peers) {
    const endpoint = endpointToWrite(peer, known.get(peer.publicKey));
    if (endpoint !== null) endpoints.set(peer.publicKey, endpoint);
  }
  const input = renderWireguard({ privateKey: keys.privateKey, peers, endpoints });
  await output('setting the tunnels', ports.run('sh', ['-c', SYNC], { input }));
}

async function syncRoutes(ports: WireguardPorts, wanted: readonly string[], present: readonly string[]): Promise<void> {
  for (const subnet of wanted.filter((one) => !present.includes(one))) {
    await output(`adding the route to ${subnet}`, ports.run('ip', ['route', 'replace', subnet, 'dev', INTERFACE]));
  }
  for (const subnet of present.filter((one) => !wanted.includes(one))) {
    await output(`removing the route to ${subnet}`, ports.run('ip', ['route', 'del', subnet, 'dev', INTERFACE]));
  }
}

/** Never takes the interface down: peers that stay keep their sessions. */
export async function applyPeers(
  ports: WireguardPorts,
  keys: WireguardKeys,
  wanted: { readonly subnetId: number; readonly peers: readonly PeerPart[] },
): Promise<Outcome> {
  const before = await lookAtInterface(ports);
  if (before !== null && !isOurs(before, keys.publicKey)) return { outcome: 'refused', message: FOREIGN };
  if (before === null) await makeDevice(ports);
  await allowForwarding(ports);
  await configureLink(ports, wanted.subnetId, before?.link.addresses ?? []);
  await syncPeers(ports, keys, wanted.peers, before?.dump.peers ?? []);
  await syncRoutes(ports, wanted.peers.flatMap((peer) => subnetsOf(peer.subnetId)).toSorted(), before?.routes ?? []);
  return { outcome: 'done' };
}

export function wireguardEffector(ports: WireguardPorts, keys: WireguardKeys): Effector<'apply_wireguard'> {
  return async ({ subnetId, peers }) => {
    try {
      return await applyPeers(ports, keys, { subnetId, peers });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'retry', afterMs: RETRY_MS, message };
    }
  };
}

/** Called every few seconds: a peer that no handshake was made with gets its next candidate. No action, and no drift. */
export async function rotateEndpoints(
  ports: WireguardPorts,
  peers: readonly PeerPart[],
  actual: readonly ActualPeer[],
): Promise<void> {
  for (const { publicKey, endpoint } of nextEndpoints(peers, actual)) {
    await ports.run('wg', ['set', INTERFACE, 'peer', publicKey, 'endpoint', endpoint]);
  }
}

/** Leaves the mesh: for a server that was removed. A foreign interface stays. */
export async function leaveMesh(ports: WireguardPorts, keys: WireguardKeys): Promise<void> {
  const sight = await lookAtInterface(ports);
  if (sight === null || !isOurs(sight, keys.publicKey)) return;
  await ports.run('systemctl', ['stop', USERSPACE_UNIT]);
  await ports.run('ip', ['link', 'del', INTERFACE]);
}
