/** Which 172.30.N.0/24 a lab may have, and who has which address in it. Pure. */
export const gatewayHost = 254;
/** About 8 inotify instances a node of a machine's 128, and names of interfaces: more nodes than this do not fit anyway. */
export const maxNodes = 15;

const privatePrefix = [172, 30] as const;

export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function parseRange(cidr: string): Ipv4Range | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(cidr);
  if (match?.[1] === undefined) return undefined;
  const size = 2 ** (32 - Number(match[2] ?? 32));
  const first = Math.floor(toNumber(match[1]) / size) * size;
  return { first, last: first + size - 1 };
}

export function subnetOf(n: number): string {
  return `${privatePrefix.join('.')}.${n}.0/24`;
}

export function addressIn(n: number, host: number): string {
  return `${privatePrefix.join('.')}.${n}.${host}`;
}

export function overlaps(n: number, cidr: string): boolean {
  const ours = parseRange(subnetOf(n));
  const other = parseRange(cidr);
  return ours !== undefined && other !== undefined && ours.first <= other.last && other.first <= ours.last;
}

/** The first free N; 0 is left alone because so many tools begin there. */
export function chooseSubnet(usedRanges: readonly string[], reserved: ReadonlySet<number>): number | undefined {
  for (let n = 1; n < 255; n += 1) {
    if (!reserved.has(n) && !usedRanges.some((cidr) => overlaps(n, cidr))) return n;
  }
  return undefined;
}

export function freeHost(taken: readonly number[]): number | undefined {
  for (let host = 1; host <= maxNodes; host += 1) {
    if (!taken.includes(host)) return host;
  }
  return undefined;
}

/** The same address always has the same MAC, so no neighbour keeps a stale one over a reboot. */
export function macOf(n: number, host: number): string {
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  return `02:1a:b0:00:${hex(n)}:${hex(host)}`;
}

export const bridgeName = (n: number): string => `tlab${n}`;
export const vethName = (n: number, host: number): string => `tlab${n}n${host}`;
