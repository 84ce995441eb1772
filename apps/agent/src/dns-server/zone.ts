import { Packet } from 'dns2';
import type { Random } from '@techulus/ports';
import type { DnsFile } from './dns-file.ts';
import { CLASS, HEADER_SIZE, type Query, RCODE, TYPE, wireName } from './message.ts';
import { type Content, roomForRecords } from './reply.ts';

/** Answers for `.internal`, compiled once per file: a query costs a map look-up and a copy. */
export interface Zone {
  /** What is answered to a name of ours (wire form, lower case); null when the name is not under `.internal`. */
  answer(name: string, query: Query, limit: number, fromThisServer: boolean): Content | null;
  /** A service's name in exactly this spelling; spares the lower-casing for nearly all queries. */
  knows(name: string): boolean;
}

export const TTL_SECONDS = 5;
/** Owner name, type, class, TTL, length, address. */
const RECORD_SIZE = 16;
/** A pointer to the question's name. */
const QUESTION_NAME = Buffer.from([0xc0, HEADER_SIZE]);
const ADDRESSES_PER_STRING = 15;
export const ADDRESSES_PER_PAGE = 2000;

interface NameRecords {
  /** All records twice, so that every rotation is one slice. */
  readonly twice: Buffer;
  readonly count: number;
  next: number;
}

/** Begins anywhere: many servers, each asked once by a client of its own, would all name the same first replica. */
function addressRecords(addresses: readonly string[], random: Pick<Random, 'fraction'>): NameRecords {
  const record = Packet.Resource.encode(
    new Packet.Resource({ name: '', type: TYPE.A, class: CLASS.IN, ttl: TTL_SECONDS, address: '0.0.0.0' }),
  );
  // The root name's one byte gives way to the pointer.
  const template = Buffer.concat([QUESTION_NAME, record.subarray(1)]);
  const twice = Buffer.alloc(addresses.length * 2 * RECORD_SIZE);
  for (const [index, address] of [...addresses, ...addresses].entries()) {
    template.copy(twice, index * RECORD_SIZE);
    for (const [octet, value] of address.split('.').entries())
      twice[(index + 1) * RECORD_SIZE - 4 + octet] = Number(value);
  }
  return { twice, count: addresses.length, next: Math.floor(random.fraction() * addresses.length) };
}

function rotated(records: NameRecords, query: Query, limit: number): Content {
  const fits = Math.max(1, Math.floor(roomForRecords(query, limit) / RECORD_SIZE));
  const take = Math.min(records.count, fits);
  const start = records.next * RECORD_SIZE;
  records.next = (records.next + 1) % records.count;
  const answers = records.twice.subarray(start, start + take * RECORD_SIZE);
  return { rcode: RCODE.NOERROR, authoritative: true, answers, answerCount: take };
}

function soaRecord(serial: number): Buffer {
  const [refresh, retry, expiration] = [60, 60, 60];
  const data = {
    primary: 'ns.internal',
    admin: 'hostmaster.internal',
    serial,
    refresh,
    retry,
    expiration,
    minimum: TTL_SECONDS,
  };
  return Packet.Resource.encode(
    new Packet.Resource({ name: 'internal', type: TYPE.SOA, class: CLASS.IN, ttl: TTL_SECONDS, ...data }),
  );
}

function textRecord(name: string, texts: string[]): Buffer {
  return Packet.Resource.encode(new Packet.Resource({ name, type: TYPE.TXT, class: CLASS.IN, ttl: 0, data: texts }));
}

/** All addresses in effect, in pages of TXT strings: what the agent reads to know whom this server still names. */
function addressPages(file: DnsFile): Map<string, Buffer> {
  const addresses = [...new Set(file.records.flatMap((record) => record.addresses))].toSorted();
  const pages = Math.floor(addresses.length / ADDRESSES_PER_PAGE) + 1;
  const texts = new Map<string, Buffer>();
  for (let page = 0; page < pages; page++) {
    const name = `${page}.addresses.techulus.internal`;
    const rest = addresses.slice(page * ADDRESSES_PER_PAGE, (page + 1) * ADDRESSES_PER_PAGE);
    const strings = [];
    for (let at = 0; at === 0 || at < rest.length; at += ADDRESSES_PER_STRING) {
      strings.push(rest.slice(at, at + ADDRESSES_PER_STRING).join(','));
    }
    texts.set(wireName(name), textRecord(name, strings));
  }
  return texts;
}

const GENERATION = 'generation.techulus.internal';

/** Ours, and never forwarded: `.internal`, and the names that belong to container and mesh addresses. */
const ORIGINS = ['internal', '200.10.in-addr.arpa', '100.10.in-addr.arpa'].map(wireName);

export function compileZone(file: DnsFile, random: Pick<Random, 'fraction'>): Zone {
  const services = new Map(
    file.records.map(({ key, addresses }) => [wireName(`${key}.internal`), addressRecords(addresses, random)]),
  );
  const { epoch, position, renderer } = file.generation;
  const generation = textRecord(GENERATION, [`${epoch}.${position}.${renderer} ${file.hash}`]);
  const pages = addressPages(file);
  const soa = soaRecord(position % 2 ** 32);
  const apex = wireName('internal');
  const noData: Content = { rcode: RCODE.NOERROR, authoritative: true, authority: soa };
  const noName: Content = { rcode: RCODE.NXDOMAIN, authoritative: true, authority: soa };

  const text = (name: string, fromThisServer: boolean): Buffer | undefined => {
    if (name === wireName(GENERATION)) return generation;
    return fromThisServer ? pages.get(name) : undefined;
  };

  const special = (name: string, query: Query, fromThisServer: boolean): Content => {
    if (name === apex) {
      return query.type === TYPE.SOA
        ? { rcode: RCODE.NOERROR, authoritative: true, answers: soa, answerCount: 1 }
        : noData;
    }
    const record = text(name, fromThisServer);
    if (record === undefined) return noName;
    if (query.type !== TYPE.TXT) return noData;
    return { rcode: RCODE.NOERROR, authoritative: true, answers: record, answerCount: 1 };
  };

  return {
    knows: (name) => services.has(name),
    answer(name, query, limit, fromThisServer): Content | null {
      const records = services.get(name);
      if (records !== undefined)
        return query.type === TYPE.A && records.count > 0 ? rotated(records, query, limit) : noData;
      if (!ORIGINS.some((origin) => name.endsWith(origin))) return null;
      return special(name, query, fromThisServer);
    },
  };
}
