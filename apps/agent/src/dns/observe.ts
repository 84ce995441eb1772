import { readFile } from 'node:fs/promises';
import { formatGeneration } from '@techulus/contract';
import type { AppliedSection, Observed } from '@techulus/reconcile';
import { type DnsFile, dnsAddress, parseDnsFile } from '../dns-server/dns-file.ts';
import { explain } from '../log.ts';
import type { AskServer } from './ask-server.ts';

/** The file that the DNS process is given, or null when there is none that it could use. */
export type ReadDnsFile = () => Promise<DnsFile | null>;
export type ObserveDns = (subnetId: number) => Promise<Observed<AppliedSection>>;

const NOTHING: AppliedSection = { generation: null, hash: null, addresses: [] };

export function readDnsFile(path: string): ReadDnsFile {
  return async () => {
    try {
      return parseDnsFile(await readFile(path, 'utf8'));
    } catch {
      return null;
    }
  };
}

/** What the DNS process proves to have loaded; its addresses are read anew only when that changed. */
export function createObserveDns(ask: AskServer, file: ReadDnsFile): ObserveDns {
  let known: { readonly what: string; readonly addresses: readonly string[] } | null = null;

  return async (subnetId) => {
    const address = dnsAddress(subnetId);
    try {
      const loaded = await ask.loaded(address);
      if (loaded === null) return { observed: true, value: NOTHING };
      const what = `${address} ${formatGeneration(loaded.generation)} ${loaded.hash}`;
      if (known?.what !== what) {
        const addresses = await ask.addresses(address);
        // It may have loaded a newer file in between, and the list would be that one's.
        const after = await ask.loaded(address);
        if (after === null || formatGeneration(after.generation) !== formatGeneration(loaded.generation)) {
          return { observed: false, reason: 'the DNS process is loading another generation' };
        }
        known = { what, addresses };
      }
      return { observed: true, value: { ...loaded, addresses: known.addresses } };
    } catch (error) {
      // Without a file for this address it listens nowhere, so nothing is named; with one, it is only not there at the moment.
      if ((await file())?.subnetId !== subnetId) return { observed: true, value: NOTHING };
      return { observed: false, reason: explain(error) };
    }
  };
}
