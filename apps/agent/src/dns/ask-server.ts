import { Packet } from 'dns2';
import type { Generation } from '@techulus/contract';
import type { Random, Timers } from '@techulus/ports';
import { holdsAddress } from '../dns-server/own-address.ts';
import { type Exchange, tcpExchange, udpExchange } from '../dns-server/upstream-sockets.ts';

/** What the DNS process says it has loaded. */
export interface Loaded {
  readonly generation: Generation;
  readonly hash: string;
}

/** Questions to this server's DNS process, over the same sockets that containers use: an answer is the proof. */
export interface AskServer {
  /** Null: it runs and has loaded nothing that it could name. Throws when it does not answer. */
  loaded(address: string): Promise<Loaded | null>;
  /** Every container address that it names. */
  addresses(address: string): Promise<readonly string[]>;
}

/** The process is on this machine; a second try is for one that is busy loading. */
const UDP_TRY_MS = 300;
const TCP_TRY_MS = 1_000;
const TXT = Packet.TYPE.TXT;

function question(name: string, random: Random): Buffer {
  const packet = new Packet();
  const [high = 0, low = 0] = random.bytes(2);
  packet.header.id = high * 256 + low;
  packet.questions.push(new Packet.Question(name, TXT, Packet.CLASS.IN));
  return packet.toBuffer();
}

function texts(answer: Packet): readonly string[] {
  return answer.answers.flatMap(({ type, data }) => (type === TXT && Array.isArray(data) ? data.map(String) : []));
}

export function parseLoaded(text: string | undefined): Loaded | null {
  const match = /^(\d+)\.(\d+)\.(\d+) ([0-9a-f]{64})$/.exec(text ?? '');
  if (match === null) return null;
  const [, epoch, position, renderer, hash = ''] = match;
  return { generation: { epoch: Number(epoch), position: Number(position), renderer: Number(renderer) }, hash };
}

export function createAskServer(timers: Timers, random: Random, port = 53): AskServer {
  const ask = async (exchange: Exchange, address: string, name: string): Promise<Packet> => {
    // Without the address, packets to it would leave this machine, and be waited for.
    if (!holdsAddress(address))
      throw new Error(`the DNS process does not hold ${address} yet (systemctl status techulus-dns)`);
    const sent = question(name, random);
    const accept = (reply: Buffer): boolean => reply.length >= 12 && reply.compare(sent, 0, 2, 0, 2) === 0;
    const upstream = { address, port };
    const answer = (await exchange(upstream, sent, accept)) ?? (await exchange(upstream, sent, accept));
    if (answer !== null) return Packet.parse(answer);
    throw new Error(`the DNS process does not answer at ${address} (systemctl status techulus-dns)`);
  };
  const [udp, tcp] = [udpExchange(timers, UDP_TRY_MS), tcpExchange(timers, TCP_TRY_MS)];

  return {
    loaded: async (address) => parseLoaded(texts(await ask(udp, address, 'generation.techulus.internal'))[0]),
    async addresses(address): Promise<readonly string[]> {
      const found: string[] = [];
      for (let page = 0; ; page++) {
        const answer = await ask(tcp, address, `${page}.addresses.techulus.internal`);
        if (answer.header.rcode === Packet.RCODE.NXDOMAIN && page > 0) return found;
        if (answer.header.rcode !== 0)
          throw new Error(`the DNS process did not list its addresses (code ${answer.header.rcode})`);
        found.push(...texts(answer).flatMap((text) => text.split(',').filter((one) => one !== '')));
      }
    },
  };
}
