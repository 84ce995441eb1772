import type { Clock } from '@techulus/ports';
import type { ActualWireguard, Observed } from '@techulus/reconcile';
import { output, type RunProgram } from '../run-program.ts';
import { type Dump, type Link, parseDump, parseLink, parseRoutes } from './dump.ts';
import { ALIAS, INTERFACE } from './plan.ts';

export interface WireguardSight {
  readonly link: Link;
  readonly dump: Dump;
  readonly routes: readonly string[];
}

export interface ObservePorts {
  readonly run: RunProgram;
  readonly clock: Clock;
}

/** The interface as it is; null when there is none. */
export async function lookAtInterface(ports: ObservePorts, signal?: AbortSignal): Promise<WireguardSight | null> {
  const options = signal === undefined ? {} : { signal };
  const shown = await ports.run('ip', ['-j', 'addr', 'show', 'dev', INTERFACE], options);
  if (shown.code === 1 && /does not exist/.test(shown.stderr)) return null;
  const link = parseLink(await output(`looking at ${INTERFACE}`, Promise.resolve(shown)));
  if (link === null) return null;
  const dump = await output('reading the tunnels', ports.run('wg', ['show', INTERFACE, 'dump'], options));
  const routes = await output(
    'reading the routes',
    ports.run('ip', ['-j', '-4', 'route', 'show', 'dev', INTERFACE], options),
  );
  return { link, dump: parseDump(dump, Math.floor(ports.clock.now() / 1000)), routes: parseRoutes(routes) };
}

/** As `wireguard-go` or the kernel make it; the kernel itself adds IPv6 addresses. */
function isUntouched({ link, dump }: WireguardSight): boolean {
  return dump.publicKey === null && dump.peers.length === 0 && link.addresses.every((address) => address.includes(':'));
}

/** Ours: marked, holding our key, or untouched since it was made (we were stopped in between). */
export function isOurs(sight: WireguardSight, publicKey: string): boolean {
  return sight.link.alias === ALIAS || sight.dump.publicKey === publicKey || isUntouched(sight);
}

const NOT_THERE: ActualWireguard = { interfaceUp: false, peers: [], routes: [] };

/** A foreign interface of the name is seen as none of ours, so that applying says what to do about it. */
export async function observeWireguard(
  ports: ObservePorts,
  identity: { readonly subnetId: number; readonly publicKey: string },
  signal?: AbortSignal,
): Promise<Observed<ActualWireguard>> {
  try {
    const sight = await lookAtInterface(ports, signal);
    if (sight === null || !isOurs(sight, identity.publicKey)) return { observed: true, value: NOT_THERE };
    const { link, dump, routes } = sight;
    const configured =
      dump.publicKey === identity.publicKey && link.addresses.includes(`10.100.${identity.subnetId}.1/24`);
    return { observed: true, value: { interfaceUp: link.up && configured, peers: dump.peers, routes } };
  } catch (error) {
    return { observed: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
