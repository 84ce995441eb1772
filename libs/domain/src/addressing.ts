/** The address plan, all of it: a larger one replaces this file. */
export const SUBNET_IDS = { first: 1, last: 255 } as const;
export const CONTAINER_HOSTS = { first: 2, last: 254 } as const;

export const meshAddress = (subnetId: number): string => `10.100.${subnetId}.1`;
export const meshSubnet = (subnetId: number): string => `10.100.${subnetId}.0/24`;
export const containerSubnet = (subnetId: number): string => `10.200.${subnetId}.0/24`;
export const gatewayAddress = (subnetId: number): string => `10.200.${subnetId}.1`;

/** A locally administered MAC that follows the address: the next holder of an address is not met with a stale ARP entry of another. */
export function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `02:54:${bytes.join(':')}`;
}

/** The lowest subnet id that nobody holds, or null. */
export function freeSubnetId(taken: ReadonlySet<number>): number | null {
  for (let id = SUBNET_IDS.first; id <= SUBNET_IDS.last; id += 1) if (!taken.has(id)) return id;
  return null;
}

/** The first free container address of a server, looking upwards from the last one given out, so that a freed one rests longest. */
export function freeAddress(subnetId: number, taken: ReadonlySet<string>, lastGiven: number): string | null {
  const span = CONTAINER_HOSTS.last - CONTAINER_HOSTS.first + 1;
  for (let step = 0; step < span; step += 1) {
    const host = CONTAINER_HOSTS.first + ((lastGiven - CONTAINER_HOSTS.first + 1 + step + span) % span);
    const address = `10.200.${subnetId}.${host}`;
    if (!taken.has(address)) return address;
  }
  return null;
}
