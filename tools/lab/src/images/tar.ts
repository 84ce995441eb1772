/** A ustar archive whose bytes depend on its entries alone: sorted, owned by root, dated 1970. Pure. */
export interface TarEntry {
  /** Without a leading slash; folders end in one. */
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array | string;
  readonly linkTo?: string;
}

const block = 512;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function typeOf(entry: TarEntry): string {
  if (entry.linkTo !== undefined) return '2';
  return entry.path.endsWith('/') ? '5' : '0';
}

function header(entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(entry.path) > 100) throw new Error(`tar: path too long: ${entry.path}`);
  const bytes = Buffer.alloc(block);
  bytes.write(entry.path, 0);
  bytes.write(octal(entry.mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(typeOf(entry), 156);
  bytes.write(entry.linkTo ?? '', 157);
  bytes.write('ustar\u000000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function member(entry: TarEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header(entry, content.length), content, padding]);
}

export function renderTar(entries: readonly TarEntry[]): Buffer {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return Buffer.concat([...sorted.map(member), Buffer.alloc(2 * block)]);
}
