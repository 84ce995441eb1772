/**
 * xz streams, and the joining of several into one. dpkg reads only the first of concatenated streams; one stream of several
 * blocks it reads whole. So Node, which takes all the time, is compressed once and kept.
 * The layout is that of the .xz file format, version 1.1.0.
 */
import { spawnSync } from 'node:child_process';
import { crc32 } from 'node:zlib';

const HEADER_SIZE = 12;
const FOOTER_SIZE = 12;
const MOST_OUTPUT = 512 * 1024 * 1024;

export function xz(content: Buffer, level: number): Buffer {
  const ended = spawnSync('xz', [`-${level}`, '--check=crc64', '-T1', '--stdout'], {
    input: content,
    maxBuffer: MOST_OUTPUT,
  });
  if (ended.status !== 0) throw new Error(`xz: ${ended.error?.message ?? ended.stderr.toString()}`);
  return ended.stdout;
}

function writeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let at = start;
  for (let weight = 1; ; weight *= 0x80, at++) {
    const byte = bytes.readUInt8(at);
    value += (byte & 0x7f) * weight;
    if (byte < 0x80) return { value, end: at + 1 };
  }
}

interface Stream {
  readonly header: Buffer;
  readonly blocks: Buffer;
  /** Unpadded and uncompressed size of each block. */
  readonly records: readonly (readonly [number, number])[];
}

function readStream(stream: Buffer): Stream {
  const footer = stream.subarray(-FOOTER_SIZE);
  const indexSize = (footer.readUInt32LE(4) + 1) * 4;
  const indexStart = stream.length - FOOTER_SIZE - indexSize;
  const count = readVarint(stream, indexStart + 1);
  const records: [number, number][] = [];
  let at = count.end;
  for (let index = 0; index < count.value; index++) {
    const unpadded = readVarint(stream, at);
    const uncompressed = readVarint(stream, unpadded.end);
    records.push([unpadded.value, uncompressed.value]);
    at = uncompressed.end;
  }
  return { header: stream.subarray(0, HEADER_SIZE), blocks: stream.subarray(HEADER_SIZE, indexStart), records };
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(bytes));
  return sum;
}

function writeIndex(records: Stream['records']): Buffer {
  const body = [0, ...writeVarint(records.length), ...records.flat().flatMap(writeVarint)];
  const padding = (4 - (body.length % 4)) % 4;
  const index = Buffer.from([...body, ...Array<number>(padding).fill(0)]);
  return Buffer.concat([index, checksum(index)]);
}

function writeFooter(header: Buffer, indexSize: number): Buffer {
  const fields = Buffer.alloc(6);
  fields.writeUInt32LE(indexSize / 4 - 1, 0);
  header.copy(fields, 4, 6, 8);
  return Buffer.concat([checksum(fields), fields, Buffer.from('YZ')]);
}

/** One stream with the blocks of all, whose uncompressed contents follow each other. */
export function joinXz(streams: readonly Buffer[]): Buffer {
  const read = streams.map(readStream);
  const [first] = read;
  if (first === undefined) throw new Error('nothing to join');
  if (read.some((one) => !one.header.equals(first.header))) throw new Error('the streams have different checks');
  const index = writeIndex(read.flatMap((one) => one.records));
  return Buffer.concat([
    first.header,
    ...read.map((one) => one.blocks),
    index,
    writeFooter(first.header, index.length),
  ]);
}
