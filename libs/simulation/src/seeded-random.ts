/** All chance of a simulation: one seed, and a stream of its own for each who draws, so that one more draw moves nobody else. */
import { createHash } from 'node:crypto';
import type { Random } from '@techulus/ports';

export class SeededRandom implements Random {
  private state: [number, number, number, number];
  private readonly seed: string;
  private readonly now: () => number;

  constructor(seed: string, now: () => number = () => 0) {
    this.seed = seed;
    this.now = now;
    const bytes = createHash('sha256').update(seed).digest();
    this.state = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), 1];
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** Another stream that follows from the same seed. */
  of(who: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${who}`, this.now);
  }

  /** sfc32 (Chris Doty-Humphrey, PractRand): small, fast, good enough for stories. */
  private next(): number {
    const [a, b, c, counter] = this.state;
    const result = (((a + b) | 0) + counter) | 0;
    this.state = [b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + result) | 0, (counter + 1) | 0];
    return result >>> 0;
  }

  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** Both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.between(0, from.length - 1)] ?? from[0];
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }

  /** As a UUID of version 7: sorted by the time it was made. */
  id(): string {
    const time = Math.floor(this.now()).toString(16).padStart(12, '0');
    const rest = Buffer.from(this.bytes(10)).toString('hex');
    const [a, b, c] = [rest.slice(0, 3), rest.slice(3, 6), rest.slice(8)];
    return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-8${b}-${c.slice(0, 12).padEnd(12, '0')}`;
  }
}
