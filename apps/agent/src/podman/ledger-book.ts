import type { Log } from '../log.ts';
import { explain } from '../log.ts';
import type { Store } from '../ports.ts';
import { type Entry, newEntry, type StoredLedger } from './ledger.ts';

/** The ledger's entries by container id, written when one has changed; a write that fails holds nothing up. */
export class LedgerBook {
  private readonly entries = new Map<string, Entry>();
  private changed = false;
  private readonly file: Store<StoredLedger>;
  private readonly log: Log;

  constructor(file: Store<StoredLedger>, log: Log) {
    this.file = file;
    this.log = log;
  }

  async load(): Promise<void> {
    const stored = await this.file.load();
    for (const [id, entry] of Object.entries(stored?.containers ?? {})) this.entries.set(id, entry);
  }

  of(containerId: string, deploymentId = ''): Entry {
    return this.entries.get(containerId) ?? newEntry(deploymentId);
  }

  put(containerId: string, entry: Entry): void {
    if (this.entries.get(containerId) === entry) return;
    this.entries.set(containerId, entry);
    this.changed = true;
  }

  keepOnly(containerIds: ReadonlySet<string>): void {
    for (const id of this.entries.keys()) {
      if (containerIds.has(id)) continue;
      this.entries.delete(id);
      this.changed = true;
    }
  }

  async save(): Promise<void> {
    if (!this.changed) return;
    this.changed = false;
    try {
      await this.file.save({ schema: 1, containers: Object.fromEntries(this.entries) });
    } catch (error) {
      this.changed = true;
      this.log.warn(`the containers' history could not be written: ${explain(error)}`);
    }
  }
}
