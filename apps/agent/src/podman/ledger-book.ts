import type { Log } from '../log.ts';
import { explain } from '../log.ts';
import type { Store } from '../ports.ts';
import { type Entry, newEntry, type StoredLedger } from './ledger.ts';

/** The ledger's entries by container id, written when one has changed; a write that fails holds nothing up. */
export class LedgerBook {
  private readonly entries = new Map<string, Entry>();
  /** Of containers that are gone: the next one of the same deployment goes on counting. */
  private readonly gone = new Map<string, Entry>();
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

  /** The entry of a new container of a deployment. */
  open(containerId: string, deploymentId: string): void {
    const { bootId, crashes, restarts, crashLooping, notBefore, exitCode, lastLogLines } =
      this.gone.get(deploymentId) ?? newEntry(deploymentId);
    this.gone.delete(deploymentId);
    const counted = { bootId, crashes, restarts, crashLooping, notBefore, exitCode, lastLogLines };
    this.put(containerId, { ...newEntry(deploymentId), ...counted });
  }

  keepOnly(containerIds: ReadonlySet<string>, deploymentIds: ReadonlySet<string>): void {
    for (const id of this.gone.keys()) if (!deploymentIds.has(id)) this.gone.delete(id);
    for (const [id, entry] of this.entries) {
      if (containerIds.has(id)) continue;
      this.entries.delete(id);
      if (deploymentIds.has(entry.deploymentId)) this.gone.set(entry.deploymentId, entry);
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
