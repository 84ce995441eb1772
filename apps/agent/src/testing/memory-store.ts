import type { Store } from '../ports.ts';

/** A store whose value outlives the process that it stands for. */
export class MemoryStore<T> implements Store<T> {
  value: T | null = null;
  saves = 0;

  load(): Promise<T | null> {
    return Promise.resolve(structuredClone(this.value));
  }

  save(value: T): Promise<void> {
    this.value = structuredClone(value);
    this.saves += 1;
    return Promise.resolve();
  }
}
