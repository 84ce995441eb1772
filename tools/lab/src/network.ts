/** The lab's bridge in the host's own network namespace; its address is where control plane and registry listen. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readJsonIfThere, readTextIfThere, writeJson } from './files.ts';
import { takeLock } from './lock.ts';
import { cacheDir, type LabPaths } from './paths.ts';
import { LabProblem } from './problem.ts';
import { run, tryRun } from './run.ts';
import { addressIn, bridgeName, chooseSubnet, gatewayHost, macOf, overlaps, subnetOf } from './subnet.ts';

/** Chosen once and kept, so that a resumed lab has the addresses it had. */
export interface Place {
  readonly subnet: number;
  readonly localApiPort: number;
}

export const apiPort = 7480;
export const registryPort = 5000;
const reservations = join(cacheDir, 'subnets');

export const gatewayOf = (place: Place): string => addressIn(place.subnet, gatewayHost);

export function readPlace(paths: LabPaths): Place | undefined {
  return readJsonIfThere<Place>(paths.place);
}

interface Route {
  readonly dst: string;
  readonly dev?: string;
}

async function usedRanges(exceptDevice: string): Promise<string[]> {
  const routes = JSON.parse(await run('ip', ['-j', '-4', 'route', 'show', 'table', 'all'])) as Route[];
  return routes.filter((route) => route.dev !== exceptDevice && route.dst !== 'default').map((route) => route.dst);
}

/** Other checkouts' subnets, also of labs that are down now; a reservation whose lab was deleted counts no more. */
function reservedByOthers(lab: string): Set<number> {
  mkdirSync(reservations, { recursive: true });
  const taken = readdirSync(reservations).filter((name) => {
    const holder = (readTextIfThere(join(reservations, name)) ?? '').trim();
    return holder !== lab && existsSync(join(holder, 'place.json'));
  });
  return new Set(taken.map(Number));
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Looks from the subnet's own port on, so that labs which are down do not lose theirs to one that comes up. */
async function freeLocalPort(subnet: number): Promise<number> {
  const first = apiPort + subnet - 1;
  for (let port = first; port < first + 100; port += 1) {
    if (await canListen('127.0.0.1', port)) return port;
  }
  throw new LabProblem('no_port', `no free port on 127.0.0.1 between ${first} and ${first + 99} for the control plane`);
}

async function choose(paths: LabPaths): Promise<Place> {
  const subnet = chooseSubnet(await usedRanges(''), reservedByOthers(paths.lab));
  if (subnet === undefined)
    throw new LabProblem('no_subnet', 'no free subnet for the lab: all of 172.30.1.0/24 to 172.30.254.0/24 are in use');
  const place = { subnet, localApiPort: await freeLocalPort(subnet) };
  writeJson(paths.place, place);
  writeFileSync(join(reservations, String(subnet)), `${paths.lab}\n`);
  return place;
}

async function refuseForeignUse(place: Place): Promise<void> {
  const foreign = (await usedRanges(bridgeName(place.subnet))).find((cidr) => overlaps(place.subnet, cidr));
  if (foreign !== undefined) {
    const remedy = 'free it, or forget this lab with `npm run lab -- down --purge`';
    throw new LabProblem(
      'subnet_in_use',
      `this lab's subnet ${subnetOf(place.subnet)} is now used by something else (${foreign}): ${remedy}`,
    );
  }
}

export async function ensurePlace(paths: LabPaths): Promise<Place> {
  const lock = await takeLock(join(cacheDir, 'subnets.lock'), 60);
  if (lock === undefined) throw new LabProblem('subnets_busy', 'another lab is choosing its subnet: try again');
  try {
    const known = readPlace(paths);
    if (known === undefined) return await choose(paths);
    await refuseForeignUse(known);
    mkdirSync(reservations, { recursive: true });
    writeFileSync(join(reservations, String(known.subnet)), `${paths.lab}\n`);
    return known;
  } finally {
    await lock.release();
  }
}

export function forgetPlace(paths: LabPaths): void {
  const place = readPlace(paths);
  if (place !== undefined) rmSync(join(reservations, String(place.subnet)), { force: true });
}

export async function ensureBridge(place: Place): Promise<void> {
  const bridge = bridgeName(place.subnet);
  const exists = (await tryRun('ip', ['link', 'show', bridge])).code === 0;
  // An address of its own: without, a bridge takes the lowest of its ports', and every boot of a node could change it.
  const mac = macOf(place.subnet, gatewayHost);
  if (!exists)
    await run('ip', ['link', 'add', bridge, 'address', mac, 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0']);
  await run('ip', ['addr', 'replace', `${gatewayOf(place)}/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
}

export async function removeBridge(place: Place): Promise<void> {
  const bridge = bridgeName(place.subnet);
  if ((await tryRun('ip', ['link', 'show', bridge])).code !== 0) return;
  const links = JSON.parse(await run('ip', ['-j', 'link', 'show', 'master', bridge])) as { ifname: string }[];
  for (const link of links) await tryRun('ip', ['link', 'del', link.ifname]);
  await run('ip', ['link', 'del', bridge]);
}

/** A taken port is named before anything is started that would fail on it in its log. */
export async function refuseTakenPort(host: string, port: number, what: string): Promise<void> {
  if (await canListen(host, port)) return;
  throw new LabProblem(
    'port_taken',
    `${what} cannot listen on ${host}:${port}: another program does (find it with \`ss -ltnp\`)`,
  );
}

/** What a host firewall would break, as a sentence; bridged packets meet FORWARD only where br_netfilter is loaded. */
export async function firewallWarning(place: Place): Promise<string | undefined> {
  const bridged = (readTextIfThere('/proc/sys/net/bridge/bridge-nf-call-iptables') ?? '0').trim() === '1';
  if (!bridged) return undefined;
  const rules = await tryRun('iptables', ['-S', 'FORWARD']).catch(() => undefined);
  if (rules === undefined || !rules.stdout.includes('-P FORWARD DROP')) return undefined;
  const bridge = bridgeName(place.subnet);
  return `the host's firewall drops forwarded packets, also between nodes: iptables -I FORWARD -i ${bridge} -o ${bridge} -j ACCEPT`;
}
