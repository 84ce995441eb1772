import { demultiplex } from './demultiplex.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('what a container wrote', () => {
  it('is both streams in their order', () => {
    expect(demultiplex(Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n')]))).toBe('out\nerr\n');
  });

  it('is taken as it is from a terminal, and empty when nothing came', () => {
    expect(demultiplex(Buffer.from('plain text'))).toBe('plain text');
    expect(demultiplex(Buffer.alloc(0))).toBe('');
  });
});
