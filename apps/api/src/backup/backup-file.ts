/**
 * A backup as a file: gzip over lines of JSON. First what it is, then the keys, then the store's records, at the end what
 * must have been in it: a file that was cut off does not end. Whoever has this file has the cluster: mode 0600.
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';
import type { BackupRecord, Head } from '@techulus/event-store';

const FORMAT = 1;

export interface BackupHeader {
  readonly techulus: 'backup';
  readonly format: number;
  /** When it was made, in milliseconds since the epoch, by the database's clock. */
  readonly at: number;
}

/** The files beside the database without which it is of no use, by name. */
export type KeyFiles = Readonly<Record<string, string>>;

/** What the whole held; the last line. */
export interface BackupEnd {
  readonly head: Head;
  readonly records: number;
}

type Line = BackupRecord | { readonly keys: KeyFiles } | { readonly end: BackupEnd };

export class BackupInvalid extends Error {
  readonly code = 'backup_invalid';
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path} cannot be restored: ${why}`, options);
    this.name = 'BackupInvalid';
  }
}

class LineWriter {
  private records = 0;

  constructor(private readonly gzip: Gzip) {}

  async record(record: BackupRecord): Promise<void> {
    this.records += 1;
    await this.line(record);
  }

  async line(line: Line | BackupHeader): Promise<void> {
    if (!this.gzip.write(`${JSON.stringify(line)}\n`)) await once(this.gzip, 'drain');
  }

  async end(head: Head): Promise<void> {
    await this.line({ end: { head, records: this.records } });
    this.gzip.end();
  }
}

export interface BackupContents {
  readonly at: number;
  readonly keys: KeyFiles;
  readonly records: (write: (record: BackupRecord) => Promise<void>) => Promise<Head>;
}

/** Whole or not at all; never over another file. */
export async function writeBackup(path: string, { at, keys, records }: BackupContents): Promise<BackupEnd['head']> {
  if (existsSync(path)) throw new Error(`there is a file ${path} already; name one that is not there`);
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  const gzip = createGzip();
  const written = pipeline(gzip, createWriteStream(unfinished, { mode: 0o600, flags: 'wx' }));
  try {
    const writer = new LineWriter(gzip);
    const told = tell(writer, { at, keys, records });
    const [head] = await Promise.all([told, written]);
    await flush(unfinished);
    renameSync(unfinished, path);
    return head;
  } catch (error) {
    gzip.destroy();
    await written.catch(() => undefined);
    rmSync(unfinished, { force: true });
    throw error;
  }
}

async function tell(writer: LineWriter, { at, keys, records }: BackupContents): Promise<Head> {
  await writer.line({ techulus: 'backup', format: FORMAT, at });
  await writer.line({ keys });
  const head = await records((record) => writer.record(record));
  await writer.end(head);
  return head;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

/** What a reader is told of beside the records. */
export interface BackupFrame {
  header?: BackupHeader;
  keys?: KeyFiles;
  end?: BackupEnd;
}

/** The records in their order; the frame is filled on the way, and whole when the last record was read. */
export async function* readBackup(path: string, frame: BackupFrame): AsyncGenerator<BackupRecord> {
  const gunzip = createGunzip();
  const unzipped = pipeline(createReadStream(path), gunzip);
  unzipped.catch(() => undefined); // reported by the reading side
  let count = 0;
  try {
    for await (const text of createInterface({ input: gunzip, crlfDelay: Infinity })) {
      const line = JSON.parse(text) as Line | BackupHeader;
      if (frame.header === undefined) frame.header = headerOf(path, line);
      else if ('keys' in line) frame.keys = line.keys;
      else if ('end' in line) frame.end = line.end;
      else {
        count += 1;
        yield line as BackupRecord;
      }
    }
    await unzipped;
  } catch (error) {
    if (error instanceof BackupInvalid) throw error;
    throw new BackupInvalid(path, 'it is damaged, or no backup', { cause: error });
  }
  if (frame.end?.records !== count) throw new BackupInvalid(path, 'it was cut off before its end');
}

function headerOf(path: string, line: object): BackupHeader {
  if (!('techulus' in line) || line.techulus !== 'backup') throw new BackupInvalid(path, 'it is no backup');
  const header = line as BackupHeader;
  if (header.format === FORMAT) return header;
  throw new BackupInvalid(
    path,
    `it is of format ${header.format}, this release reads ${FORMAT}; use the release it is of`,
  );
}
