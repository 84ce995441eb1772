import { TransactionDeadlock } from '../errors.ts';

/** Whoever holds or waits for rows; one per transaction. */
export type LockOwner = object;

interface Waiting {
  owner: LockOwner;
  granted(): void;
}

interface Lock {
  holder: LockOwner;
  queue: Waiting[];
}

/** Row locks as PostgreSQL has them: held until the transaction ends, first come first served, circles refused. */
export class RowLocks {
  private readonly locks = new Map<string, Lock>();
  private readonly waitsFor = new Map<LockOwner, string>();

  async acquire(id: string, owner: LockOwner): Promise<void> {
    const lock = this.locks.get(id);
    if (!lock) {
      this.locks.set(id, { holder: owner, queue: [] });
      return;
    }
    if (lock.holder === owner) return;
    if (this.wouldWaitForItself(lock, owner)) throw new TransactionDeadlock();
    this.waitsFor.set(owner, id);
    await new Promise<void>((granted) => lock.queue.push({ owner, granted }));
  }

  /** Also takes the owner out of the queue it waits in, if it does. */
  releaseAll(owner: LockOwner): void {
    this.waitsFor.delete(owner);
    for (const [id, lock] of this.locks) {
      lock.queue = lock.queue.filter((waiting) => waiting.owner !== owner);
      if (lock.holder !== owner) continue;
      const next = lock.queue.shift();
      if (!next) {
        this.locks.delete(id);
        continue;
      }
      lock.holder = next.owner;
      this.waitsFor.delete(next.owner);
      next.granted();
    }
  }

  /** Follows holder → what it waits for → its holder; a chain that comes back to `owner` would never move again. */
  private wouldWaitForItself(lock: Lock, owner: LockOwner): boolean {
    let next: Lock | undefined = lock;
    while (next) {
      if (next.holder === owner) return true;
      const id = this.waitsFor.get(next.holder);
      next = id === undefined ? undefined : this.locks.get(id);
    }
    return false;
  }
}
