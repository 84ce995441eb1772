import { sleep, type Timers } from '@techulus/ports';
import { type Answer, createAnswer } from './answer.ts';
import { type DnsFile, dnsAddress } from './dns-file.ts';
import type { Forward } from './forward.ts';
import { listenTcp } from './listen-tcp.ts';
import { type Listener, listenUdp } from './listen-udp.ts';
import type { Log } from './log.ts';
import { compileZone, type Zone } from './zone.ts';

const PORT = 53;
const RETRY_MS = 1_000;

export interface NameServerPorts {
  readonly timers: Timers;
  readonly log: Log;
  readonly forward: Forward;
  readonly hold: (address: string) => Promise<void>;
  readonly release: (address: string) => Promise<void>;
}

export interface NameServer {
  /** The answers from now on; listens at the file's address if it does not yet. */
  use(file: DnsFile): void;
  address(): string | null;
}

async function listen(address: string, answer: Answer): Promise<Listener> {
  const udp = await listenUdp(address, PORT, answer);
  try {
    const tcp = await listenTcp(address, PORT, answer);
    return {
      close: () => {
        udp.close();
        tcp.close();
      },
    };
  } catch (error) {
    udp.close();
    throw error;
  }
}

export function createNameServer(ports: NameServerPorts): NameServer {
  let zone: Zone | null = null;
  let wanted: string | null = null;
  const answer = createAnswer(() => zone, ports.forward);

  const open = async (address: string): Promise<void> => {
    let listener: Listener | null = null;
    while (wanted === address) {
      try {
        await ports.hold(address);
        listener ??= await listen(address, answer).then((opened) => {
          ports.log('info', 'answering', { address });
          return opened;
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        ports.log('error', 'cannot listen; does another name server hold the port on all addresses?', {
          address,
          reason,
        });
      }
      await sleep(ports.timers, RETRY_MS);
    }
    listener?.close();
    await ports.release(address).catch(() => undefined);
  };

  return {
    address: () => wanted,
    use(file): void {
      zone = compileZone(file);
      const { generation, records } = file;
      ports.log('info', 'names loaded', { generation, names: records.length });
      const address = dnsAddress(file.subnetId);
      if (address === wanted) return;
      wanted = address;
      void open(address);
    },
  };
}
