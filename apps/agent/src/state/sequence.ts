/**
 * The sequence of reports: rises with every one, over restarts too. A thousand are reserved with each write, because
 * numbers may be skipped but never used twice.
 */
import type { Store } from '../ports.ts';
import { objectOfSchema } from './state-file.ts';

const BLOCK = 1000;

export interface StoredSequence {
  readonly schema: 1;
  readonly reserved: number;
}

export function parseSequence(value: unknown): StoredSequence {
  const { reserved } = objectOfSchema(value, 1);
  if (typeof reserved !== 'number' || !Number.isSafeInteger(reserved) || reserved < 0)
    throw new Error('`reserved` is no number');
  return { schema: 1, reserved };
}

export class Sequence {
  private last = 0;
  private reserved = 0;
  private readonly file: Store<StoredSequence>;

  constructor(file: Store<StoredSequence>) {
    this.file = file;
  }

  async load(): Promise<void> {
    const stored = await this.file.load();
    this.last = this.reserved = stored?.reserved ?? 0;
  }

  current(): number {
    return this.last;
  }

  async next(): Promise<number> {
    if (this.last >= this.reserved) await this.reserve(this.last + BLOCK);
    this.last += 1;
    return this.last;
  }

  /** The control plane has seen this one: go on after it. */
  async goOnAfter(seen: number): Promise<void> {
    if (seen <= this.last) return;
    this.last = seen;
    if (seen >= this.reserved) await this.reserve(seen + BLOCK);
  }

  private async reserve(upTo: number): Promise<void> {
    await this.file.save({ schema: 1, reserved: upTo });
    this.reserved = upTo;
  }
}
