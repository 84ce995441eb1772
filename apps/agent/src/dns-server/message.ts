/**
 * Reading of DNS messages (RFC 1035, RFC 6891) that strangers sent: every length is checked, no pointer is followed, and
 * nothing is allocated before the question is known to be whole.
 */
export const HEADER_SIZE = 12;
/** What a UDP answer may have at most; safe from fragments on any path (DNS flag day 2020). */
export const UDP_LIMIT = 1232;
const PLAIN_LIMIT = 512;
const MOST_ADDITIONALS = 4;

export const TYPE = { A: 1, SOA: 6, TXT: 16, AAAA: 28, OPT: 41 } as const;
export const CLASS = { IN: 1, CH: 3 } as const;
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

export interface Query {
  /** Where the question's name and the question end in the message. */
  readonly nameEnd: number;
  readonly questionEnd: number;
  readonly type: number;
  readonly class: number;
  /** Bytes that the client takes in one UDP answer. */
  readonly limit: number;
  readonly edns: boolean;
  readonly dnssecOk: boolean;
}

/** `refused` carries the error that the client is to be told, with the query as far as it could be read. */
export type Reading =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'refused'; readonly rcode: Rcode; readonly query: Query | null }
  | { readonly kind: 'dropped' };

/** The offset after an uncompressed name, or -1. */
export function uncompressedNameEnd(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return -1;
    at += 1 + length;
    if (at - start > 255) return -1;
    if (length === 0) return at;
  }
}

/** The offset after a name that may end in a pointer, or -1. The pointer is not followed, so it cannot loop. */
export function nameEnd(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined) return -1;
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : -1;
    if (length > 63) return -1;
    at += 1 + length;
    if (at - start > 255) return -1;
    if (length === 0) return at;
  }
}

interface Edns {
  readonly limit: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

/** The OPT record among what follows the question; null without one, 'malformed' when the rest is not whole records. */
function readEdns(message: Buffer, questionEnd: number): Edns | null | 'malformed' {
  const count = message.readUInt16BE(10);
  if (count > MOST_ADDITIONALS) return 'malformed';
  let at = questionEnd;
  let edns: Edns | null = null;
  for (let index = 0; index < count; index++) {
    const end = nameEnd(message, at);
    if (end < 0 || end + 10 > message.length) return 'malformed';
    const next = end + 10 + message.readUInt16BE(end + 8);
    if (next > message.length) return 'malformed';
    if (message.readUInt16BE(end) === TYPE.OPT) {
      if (edns !== null || end !== at + 1) return 'malformed';
      const limit = Math.min(Math.max(message.readUInt16BE(end + 2), PLAIN_LIMIT), UDP_LIMIT);
      edns = { limit, version: message.readUInt8(end + 5), dnssecOk: (message.readUInt8(end + 6) & 0x80) !== 0 };
    }
    at = next;
  }
  return at === message.length ? edns : 'malformed';
}

function refused(rcode: Rcode, query: Query | null = null): Reading {
  return { kind: 'refused', rcode, query };
}

/** One question, no answers, no authorities (bytes 4 to 9), and the question whole: where its name ends, else -1. */
function questionNameEnd(message: Buffer): number {
  if (message.readUInt32BE(4) !== 0x00010000 || message.readUInt16BE(8) !== 0) return -1;
  const end = uncompressedNameEnd(message, HEADER_SIZE);
  return end + 4 > message.length ? -1 : end;
}

function queryOf(message: Buffer, end: number, edns: Edns | null): Query {
  const { limit, dnssecOk } = edns ?? { limit: PLAIN_LIMIT, dnssecOk: false };
  const [type, queryClass] = [message.readUInt16BE(end), message.readUInt16BE(end + 2)];
  return { nameEnd: end, questionEnd: end + 4, type, class: queryClass, limit, edns: edns !== null, dnssecOk };
}

/** Reads a query; an answer or something shorter than a header is dropped, so that two servers cannot keep each other busy. */
export function readQuery(message: Buffer): Reading {
  if (message.length < HEADER_SIZE || (message.readUInt8(2) & 0x80) !== 0) return { kind: 'dropped' };
  if ((message.readUInt8(2) & 0x78) !== 0) return refused(RCODE.NOTIMP);
  const end = questionNameEnd(message);
  if (end < 0) return refused(RCODE.FORMERR);
  const edns = readEdns(message, end + 4);
  if (edns === 'malformed') return refused(RCODE.FORMERR);
  const query = queryOf(message, end, edns);
  return edns !== null && edns.version !== 0 ? refused(RCODE.BADVERS, query) : { kind: 'query', query };
}

/** The name's bytes as a string with ASCII letters in lower case: equal names, equal strings. */
export function lowerName(message: Buffer, start: number, end: number): string {
  const bytes = Buffer.from(message.subarray(start, end));
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    // Length bytes are below 64, so they are never taken for letters.
    if (byte >= 0x41 && byte <= 0x5a) bytes[index] = byte + 0x20;
  }
  return bytes.toString('latin1');
}

/** `web.internal` as the wire has it. */
export function wireName(name: string): string {
  const labels = name.split('.').filter((label) => label !== '');
  return `${labels.map((label) => String.fromCharCode(label.length) + label).join('')}\0`;
}
