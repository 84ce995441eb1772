import { isIPv4 } from 'node:net';
import type { Generation, RecordPart } from '@techulus/contract';

/** `dns.json`: what the agent gives the DNS process. */
export interface DnsFile {
  readonly generation: Generation;
  readonly hash: string;
  readonly subnetId: number;
  readonly records: readonly RecordPart[];
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function whole(value: unknown, least: number, most: number, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${what} must be a whole number from ${least} to ${most}`);
}

function parseGeneration(value: unknown): Generation {
  if (!isRecord(value)) throw new Error('generation must be an object');
  const part = (name: string): number => whole(value[name], 0, Number.MAX_SAFE_INTEGER, `generation.${name}`);
  return { epoch: part('epoch'), position: part('position'), renderer: part('renderer') };
}

function parseRecord(value: unknown, index: number): RecordPart {
  if (!isRecord(value)) throw new Error(`records[${index}] must be an object`);
  const { key, addresses } = value;
  if (typeof key !== 'string' || !LABEL.test(key)) throw new Error(`records[${index}].key must be a DNS label`);
  const valid =
    Array.isArray(addresses) &&
    addresses.length <= 1000 &&
    addresses.every((one) => typeof one === 'string' && isIPv4(one));
  if (!valid) throw new Error(`records[${index}].addresses must be IPv4 addresses, at most 1000`);
  return { key, addresses };
}

/** The file's content, checked field by field (plain code: class-validator would double this process's memory); throws naming the field. */
export function parseDnsFile(text: string): DnsFile {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new Error('it must be a JSON object');
  const { hash, records } = value;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) throw new Error('hash must be 64 hexadecimal digits');
  if (!Array.isArray(records)) throw new Error('records must be a list');
  return {
    generation: parseGeneration(value['generation']),
    hash,
    subnetId: whole(value['subnetId'], 1, 255, 'subnetId'),
    records: records.map(parseRecord),
  };
}

/** Where this server's DNS process listens. */
export function dnsAddress(subnetId: number): string {
  return `10.200.${subnetId}.1`;
}
