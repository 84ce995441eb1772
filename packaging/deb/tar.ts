/** One file or directory of a package; directories end in a slash. */
export interface TarEntry {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

const BLOCK = 512;
/** The same for every build, so that equal content gives equal bytes. */
const MODIFIED = 1_577_836_800;

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

function header(entry: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const name = `./${entry.path}`;
  const directory = name.endsWith('/');
  if (Buffer.byteLength(name) > 100) throw new Error(`the name is too long for the archive: ${name}`);
  block.write(name, 0);
  block.write(octal(entry.mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(entry.content.length, 12), 124);
  block.write(octal(MODIFIED, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(directory ? '5' : '0', 156);
  block.write('ustar\u000000', 257, 'latin1');
  block.write('root', 265);
  block.write('root', 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Entries in the ustar format, without the archive's end: parts can be joined. */
export function tarEntries(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const padding = (BLOCK - (entry.content.length % BLOCK)) % BLOCK;
    return [header(entry), entry.content, Buffer.alloc(padding)];
  });
  return Buffer.concat(parts);
}

export const TAR_END = Buffer.alloc(2 * BLOCK);
