/** Looking into the nodes, with their own tools. */
import { execInNode, readLabJson, tryExecInNode, type LabNode } from '@techulus/lab';

export function nodeNames(): string[] {
  return readLabJson().nodes.map((node) => node.name);
}

export function nodeOf(name: string): LabNode & { readonly serverId: string; readonly subnetId: number } {
  const node = readLabJson().nodes.find((each) => each.name === name);
  const { serverId = null, subnetId = null } = node ?? {};
  if (node === undefined || serverId === null || subnetId === null) throw new Error(`${name} is no server of this lab`);
  return { ...node, serverId, subnetId };
}

export async function sh(node: string, script: string, seconds = 60): Promise<string> {
  return await execInNode(node, ['sh', '-c', script], { seconds });
}

export async function succeeds(node: string, script: string): Promise<boolean> {
  return (await tryExecInNode(node, ['sh', '-c', script])).code === 0;
}

/** A container with our label, as Podman has it. */
export interface Container {
  readonly id: string;
  readonly deploymentId: string;
  readonly service: string;
  readonly state: string;
  readonly startedAt: string;
  readonly address: string;
}

interface Inspected {
  readonly Id: string;
  readonly State: { readonly Status: string; readonly StartedAt: string };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly NetworkSettings: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };
}

function asContainer({ Id, State, Config, NetworkSettings }: Inspected): Container {
  return {
    id: Id,
    deploymentId: Config.Labels['techulus.deployment.id'] ?? '',
    service: Config.Labels['techulus.service.name'] ?? '',
    state: State.Status,
    startedAt: State.StartedAt,
    address: NetworkSettings.Networks?.['techulus']?.IPAddress ?? '',
  };
}

export async function containersOn(node: string, service?: string): Promise<Container[]> {
  const ids = 'podman ps --all --quiet --no-trunc --filter label=techulus.deployment.id';
  const text = await sh(node, `ids=$(${ids}); [ -z "$ids" ] && echo '[]' || podman container inspect $ids`);
  const all = (JSON.parse(text) as Inspected[]).map(asContainer);
  return all
    .filter((each) => service === undefined || each.service === service)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Of every node, with the node's name. */
export async function containersOf(service?: string): Promise<(Container & { readonly node: string })[]> {
  const perNode = nodeNames().map(async (node) =>
    (await containersOn(node, service)).map((each) => ({ ...each, node })),
  );
  return (await Promise.all(perNode)).flat();
}

export interface NameAnswer {
  /** NOERROR, NXDOMAIN, …; what dig said where there was none. */
  readonly status: string;
  readonly addresses: readonly string[];
  readonly ttl: number | null;
}

/** Asks the node's own DNS directly. */
export async function lookUp(node: string, name: string, type = 'A'): Promise<NameAnswer> {
  const server = `10.200.${nodeOf(node).subnetId}.1`;
  const dig = ['dig', '+time=1', '+tries=1', '+noall', '+comments', '+answer', `@${server}`, name, type];
  const { stdout } = await tryExecInNode(node, dig);
  const status = /status: (\w+)/.exec(stdout)?.[1] ?? stdout.trim();
  const records = [...stdout.matchAll(/^\S+\s+(\d+)\s+IN\s+A\s+(\S+)$/gm)];
  return {
    status,
    addresses: records.map((record) => record[2] ?? '').toSorted(),
    ttl: records[0] === undefined ? null : Number(records[0][1]),
  };
}

/** As a program on the node does it: through the system's resolver. */
export async function ask(node: string, url: string): Promise<string> {
  return await execInNode(node, ['curl', '-fsS', '-m', '5', url], { seconds: 15 });
}

/** As a program in that container does it. Its busybox crashes when it resolves a name under a deadline of its own (-T). */
export async function askFrom(node: string, container: string, url: string): Promise<string> {
  return await execInNode(node, ['podman', 'exec', container, 'timeout', '5', 'wget', '-q', '-O', '-', url], {
    seconds: 15,
  });
}

/** Of wireguard-go, which is the tunnel where the kernel has none: another number means that it was cut. */
export async function tunnelProcess(node: string): Promise<string> {
  return (await sh(node, 'systemctl show --property=MainPID --value techulus-wireguard.service')).trim();
}

/** Peers with a handshake of the last three minutes. */
export async function livePeers(node: string): Promise<number> {
  const now = Math.floor(Date.now() / 1000);
  const lines = (await sh(node, 'wg show wg0 latest-handshakes')).trim().split('\n').filter(Boolean);
  return lines.filter((line) => now - Number(line.split('\t')[1]) < 180).length;
}

/** Where a secret can be read by those it is not for: arguments of processes, the journal. Asked without telling it again. */
export async function tellTales(node: string, secret: string): Promise<string[]> {
  const needle = '/run/e2e-needle';
  await execInNode(node, ['sh', '-c', `umask 077; cat > ${needle}`], { input: `${secret}\n` });
  const places = [
    `grep -lF -f ${needle} /proc/[0-9]*/cmdline 2>/dev/null`,
    `journalctl --no-pager --quiet | grep -F -f ${needle} | sed 's/^/journal: /'`,
  ];
  const found = await sh(node, `${places.join('; ')}; rm -f ${needle}`);
  return found.split('\n').filter(Boolean);
}
