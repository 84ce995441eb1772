/** Facts about this machine: what it is, what it has left, where others may reach it. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, hostname, loadavg, networkInterfaces, release } from 'node:os';
import type { HostFacts, HostResources } from '@techulus/contract';

const MIB = 1024 * 1024;
const WIREGUARD_PORT = 51820;
const OUR_INTERFACES = /^(lo|wg0|techulus0|podman\d+|docker\d+|br-|veth|cni-)/;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim();
}

export function processExists(pid: number): boolean {
  return pid > 0 && existsSync(`/proc/${pid}`);
}

export function osName(release: string): string {
  return /^PRETTY_NAME="?([^"\n]*)"?/m.exec(release)?.[1] ?? 'unknown';
}

/** From /proc/meminfo, in mebibytes. */
export function memory(meminfo: string): { total: number; available: number } {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0);
  return { total: Math.floor(kib('MemTotal') / 1024), available: Math.floor(kib('MemAvailable') / 1024) };
}

export function hostFacts(): HostFacts {
  return {
    hostname: hostname(),
    os: osName(readText('/etc/os-release')).slice(0, 128),
    kernel: release(),
    architecture: arch(),
    cpus: availableParallelism(),
    memoryMb: Math.max(1, memory(readText('/proc/meminfo')).total),
  };
}

/** Less than a twentieth or half a gibibyte left: images and logs would soon fail to be written. */
export function isDiskPressure(totalMb: number, freeMb: number): boolean {
  return freeMb < Math.max(totalMb / 20, Math.min(512, totalMb / 4));
}

async function disk(path: string): Promise<{ totalMb: number; freeMb: number }> {
  const { blocks, bavail, bsize } = await statfs(path).catch(() => statfs('/'));
  return { totalMb: Math.floor((blocks * bsize) / MIB), freeMb: Math.floor((bavail * bsize) / MIB) };
}

export async function hostResources(): Promise<HostResources> {
  const { total, available } = memory(await readFile('/proc/meminfo', 'utf8'));
  const { totalMb, freeMb } = await disk('/var/lib/containers');
  return {
    memoryTotalMb: total,
    memoryFreeMb: available,
    cpus: availableParallelism(),
    load1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    diskTotalMb: totalMb,
    diskFreeMb: freeMb,
    diskPressure: isDiskPressure(totalMb, freeMb),
  };
}

/** IPv4 addresses of this machine's own interfaces, public ones first. */
export function ownAddresses(publicAddress: string | null): string[] {
  const own = Object.entries(networkInterfaces())
    .filter(([name]) => !OUR_INTERFACES.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    .map(({ address }) => address);
  return [...new Set([...(publicAddress === null ? [] : [publicAddress]), ...own])].slice(0, 16);
}

export function endpoints(publicAddress: string | null): string[] {
  return ownAddresses(publicAddress).map((address) => `${address}:${WIREGUARD_PORT}`);
}

/** What a machine says of itself when it joins. */
export interface Machine {
  readonly endpoints: () => string[];
  readonly facts: () => HostFacts;
}

export const thisMachine: Machine = { endpoints: () => endpoints(null), facts: hostFacts };
