const HEADER = 8;

/**
 * What a container wrote to both streams, as text: each frame has a header of eight bytes, the last four of them its
 * length (Docker's attach format).
 */
export function demultiplex(raw: Buffer): string {
  const frames: Buffer[] = [];
  let at = 0;
  while (at + HEADER <= raw.length && (raw[at] ?? 255) <= 2) {
    const length = raw.readUInt32BE(at + 4);
    frames.push(raw.subarray(at + HEADER, at + HEADER + length));
    at += HEADER + length;
  }
  // A container with a terminal has no frames.
  return (frames.length === 0 ? raw : Buffer.concat(frames)).toString('utf8');
}
