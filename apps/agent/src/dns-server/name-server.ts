import { type Random, sleep, type Timers } from '@techulus/ports';
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
  readonly random: Random;
  readonly log: Log;
  readonly forward: Forward;
  readonly hold: (address: string) => Promise<void>;
  readonly release: (address: string) => Promise<void>;
}

export interface NameServer {
  /** The answers from now on; listens at the file's address if it does not yet. */
  use(file: DnsFile): void;
  address(): string | null;
  /** Closes the sockets at once, so that a process that shares the port gets every query from now on. */
  close(): void;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
  let listener: Listener | null = null;
  const answer = createAnswer(() => zone, ports.forward);

  const listenAt = async (address: string): Promise<void> => {
    await ports.hold(address);
    if (listener !== null) return;
    const opened = await listen(address, answer);
    if (wanted !== address) {
      opened.close();
      return;
    }
    listener = opened;
    ports.log('info', 'answering', { address });
  };

  const keepListening = async (address: string): Promise<void> => {
    let said = '';
    while (wanted === address) {
      const reason = await listenAt(address).then(() => '', describe);
      if (reason !== '' && reason !== said) {
        ports.log('error', 'cannot listen; does another name server hold port 53 on all addresses?', {
          address,
          reason,
        });
      }
      said = reason;
      await sleep(ports.timers, RETRY_MS);
    }
    await ports.release(address).catch(() => undefined);
  };

  const close = (): void => {
    listener?.close();
    listener = null;
  };

  return {
    address: () => wanted,
    close,
    use(file): void {
      zone = compileZone(file, ports.random);
      const { generation, records } = file;
      ports.log('info', 'names loaded', { generation, names: records.length });
      const address = dnsAddress(file.subnetId);
      if (address === wanted) return;
      close();
      wanted = address;
      void keepListening(address);
    },
  };
}
