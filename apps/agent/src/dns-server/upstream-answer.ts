import { HEADER_SIZE, nameEnd, TYPE } from './message.ts';

/** What an upstream answered, proven to be whole and to answer this query. */
export interface UpstreamAnswer {
  readonly message: Buffer;
  readonly rcode: number;
  readonly truncated: boolean;
  /** Where the records' TTLs stand, so that a cached answer can count them down. */
  readonly ttlOffsets: readonly number[];
  /** How long it may be kept; 0 is not at all. */
  readonly ttlSeconds: number;
}

const LONGEST_SECONDS = 300;
const LONGEST_NEGATIVE_SECONDS = 60;

function sameQuestion(query: Buffer, questionEnd: number, answer: Buffer): boolean {
  if (answer.length < questionEnd) return false;
  for (let at = HEADER_SIZE; at < questionEnd - 4; at++) {
    const [a = 0, b = 0] = [query[at], answer[at]];
    const letters = (a ^ b) === 0x20 && (a | 0x20) >= 0x61 && (a | 0x20) <= 0x7a;
    if (a !== b && !letters) return false;
  }
  return query.compare(answer, questionEnd - 4, questionEnd, questionEnd - 4, questionEnd) === 0;
}

interface RecordSpan {
  readonly type: number;
  readonly ttlOffset: number;
  readonly ttl: number;
  readonly end: number;
}

function readRecord(answer: Buffer, start: number): RecordSpan | null {
  const end = nameEnd(answer, start);
  if (end < 0 || end + 10 > answer.length) return null;
  const next = end + 10 + answer.readUInt16BE(end + 8);
  if (next > answer.length) return null;
  return { type: answer.readUInt16BE(end), ttlOffset: end + 4, ttl: answer.readUInt32BE(end + 4), end: next };
}

/** The SOA's own TTL and its minimum, whichever is less (RFC 2308). */
function negativeTtl(answer: Buffer, soa: RecordSpan): number {
  return Math.min(soa.ttl, answer.readUInt32BE(soa.end - 4), LONGEST_NEGATIVE_SECONDS);
}

function readRecords(answer: Buffer, questionEnd: number): RecordSpan[] | null {
  const count = answer.readUInt16BE(6) + answer.readUInt16BE(8) + answer.readUInt16BE(10);
  const records: RecordSpan[] = [];
  let at = questionEnd;
  for (let index = 0; index < count; index++) {
    const record = readRecord(answer, at);
    if (record === null) return null;
    records.push(record);
    at = record.end;
  }
  return records;
}

function keepSeconds(answer: Buffer, records: readonly RecordSpan[], rcode: number): number {
  const answers = records.slice(0, answer.readUInt16BE(6));
  if (rcode === 0 && answers.length > 0) return Math.min(LONGEST_SECONDS, ...answers.map((record) => record.ttl));
  const soa = records.find((record) => record.type === TYPE.SOA && record.end - record.ttlOffset >= 26);
  return (rcode === 0 || rcode === 3) && soa !== undefined ? negativeTtl(answer, soa) : 0;
}

/** Null when this is not the answer to that query, or not a whole message. */
export function readUpstreamAnswer(query: Buffer, questionEnd: number, answer: Buffer): UpstreamAnswer | null {
  if (answer.length < HEADER_SIZE || query.compare(answer, 0, 2, 0, 2) !== 0) return null;
  const flags = answer.readUInt16BE(2);
  if ((flags & 0xf800) !== 0x8000 || answer.readUInt16BE(4) !== 1 || !sameQuestion(query, questionEnd, answer))
    return null;
  const rcode = flags & 0xf;
  if ((flags & 0x0200) !== 0) return { message: answer, rcode, truncated: true, ttlOffsets: [], ttlSeconds: 0 };
  const records = readRecords(answer, questionEnd);
  if (records === null) return null;
  const ttlOffsets = records.filter((record) => record.type !== TYPE.OPT).map((record) => record.ttlOffset);
  return { message: answer, rcode, truncated: false, ttlOffsets, ttlSeconds: keepSeconds(answer, records, rcode) };
}
