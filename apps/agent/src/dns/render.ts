import { canonicalJson, type Generation, type RecordPart } from '@techulus/contract';

export interface DnsFileContent {
  readonly generation: Generation;
  readonly hash: string;
  readonly subnetId: number;
  readonly records: readonly RecordPart[];
}

const byKey = (a: RecordPart, b: RecordPart): number => (a.key < b.key ? -1 : 1);

/** `dns.json`: equal content, equal bytes. */
export function renderDnsFile({ generation, hash, subnetId, records }: DnsFileContent): string {
  const sorted = records.map(({ key, addresses }) => ({ key, addresses: addresses.toSorted() })).toSorted(byKey);
  return `${canonicalJson({ generation, hash, records: sorted, subnetId })}\n`;
}
