import { formatGeneration } from '@techulus/contract';
import { sleep, type Timers } from '@techulus/ports';
import type { Effector } from '@techulus/reconcile';
import { dnsAddress } from '../dns-server/dns-file.ts';
import { explain } from '../log.ts';
import type { AskServer, Loaded } from './ask-server.ts';
import { renderDnsFile } from './render.ts';

export interface DnsPorts {
  readonly ask: AskServer;
  readonly timers: Timers;
  /** Whole or not at all (write beside, fsync, rename). */
  readonly write: (path: string, text: string) => Promise<void>;
  /** `/var/lib/techulus/dns.json`. */
  readonly path: string;
  readonly subnetId: () => number;
}

const LOOK_MS = 20;
const LONGEST_LOOK_MS = 500;
const DEADLINE_MS = 5_000;
const RETRY_MS = 1_000;

interface Wanted extends Loaded {
  readonly address: string;
}

/** Null once the process answers with what was written, else why not. */
async function answersWith(ports: DnsPorts, wanted: Wanted, signal: AbortSignal): Promise<string | null> {
  let reason = 'it was not asked';
  let waited = 0;
  for (let pause = LOOK_MS; waited < DEADLINE_MS && !signal.aborted; pause = Math.min(pause * 2, LONGEST_LOOK_MS)) {
    try {
      const loaded = await ports.ask.loaded(wanted.address);
      const same = loaded !== null && formatGeneration(loaded.generation) === formatGeneration(wanted.generation);
      if (same && loaded.hash === wanted.hash) return null;
      reason = `the DNS process answers with ${loaded === null ? 'no generation' : `generation ${formatGeneration(loaded.generation)}`}`;
    } catch (error) {
      reason = explain(error);
    }
    await sleep(ports.timers, pause, signal);
    waited += pause;
  }
  return reason;
}

/** Done when the process itself answers with the generation: the file alone proves nothing. */
export function dnsEffector(ports: DnsPorts): Effector<'apply_dns'> {
  return async ({ generation, hash, records }, signal) => {
    const subnetId = ports.subnetId();
    try {
      await ports.write(ports.path, renderDnsFile({ generation, hash, subnetId, records }));
    } catch (error) {
      return { outcome: 'retry', afterMs: RETRY_MS, message: `writing ${ports.path}: ${explain(error)}` };
    }
    const reason = await answersWith(ports, { generation, hash, address: dnsAddress(subnetId) }, signal);
    return reason === null ? { outcome: 'done' } : { outcome: 'retry', afterMs: RETRY_MS, message: reason };
  };
}
