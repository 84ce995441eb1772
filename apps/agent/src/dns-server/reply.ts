import { HEADER_SIZE, type Query, type Rcode, UDP_LIMIT } from './message.ts';

const OPT_SIZE = 11;
const FLAG = { answer: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, available: 0x0080 };

export interface Content {
  readonly rcode: Rcode;
  readonly authoritative?: boolean;
  readonly truncated?: boolean;
  /** Encoded records and how many they are. */
  readonly answers?: Buffer;
  readonly answerCount?: number;
  /** One encoded record (the zone's SOA). */
  readonly authority?: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** Bytes left for records in an answer of at most `limit` bytes. */
export function roomForRecords(query: Query, limit: number): number {
  return limit - query.questionEnd - (query.edns ? OPT_SIZE : 0);
}

function writeOpt(reply: Buffer, at: number, query: Query, rcode: number): void {
  reply.writeUInt8(0, at);
  reply.writeUInt16BE(41, at + 1);
  reply.writeUInt16BE(UDP_LIMIT, at + 3);
  reply.writeUInt8(rcode >> 4, at + 5);
  reply.writeUInt8(0, at + 6);
  reply.writeUInt16BE(query.dnssecOk ? 0x8000 : 0, at + 7);
  reply.writeUInt16BE(0, at + 9);
}

/** The answer to a query, with the client's own id, question (its letters' case too) and recursion flag. */
export function writeReply(message: Buffer, query: Query, content: Content): Buffer {
  const { answers = NOTHING, authority = NOTHING } = content;
  const size = query.questionEnd + answers.length + authority.length + (query.edns ? OPT_SIZE : 0);
  const reply = Buffer.allocUnsafe(size);
  message.copy(reply, 0, 0, query.questionEnd);
  const asked = message.readUInt16BE(2) & FLAG.recursionDesired;
  const own = (content.authoritative ? FLAG.authoritative : 0) | (content.truncated ? FLAG.truncated : 0);
  reply.writeUInt16BE(FLAG.answer | FLAG.available | asked | own | (content.rcode & 0xf), 2);
  reply.writeUInt16BE(content.answerCount ?? 0, 6);
  reply.writeUInt16BE(authority.length > 0 ? 1 : 0, 8);
  reply.writeUInt16BE(query.edns ? 1 : 0, 10);
  answers.copy(reply, query.questionEnd);
  authority.copy(reply, query.questionEnd + answers.length);
  if (query.edns) writeOpt(reply, size - OPT_SIZE, query, content.rcode);
  return reply;
}

/** The answer to what could not be read: a header alone. */
export function writeErrorHeader(message: Buffer, rcode: Rcode): Buffer {
  const reply = Buffer.alloc(HEADER_SIZE);
  message.copy(reply, 0, 0, 2);
  const asked = message.readUInt16BE(2) & (0x7800 | FLAG.recursionDesired);
  reply.writeUInt16BE(FLAG.answer | FLAG.available | asked | rcode, 2);
  return reply;
}
