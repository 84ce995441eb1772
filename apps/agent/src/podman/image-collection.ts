/** Images that we brought here and that nothing needs any more go, after a time in which a rollback would want them. */
import type { Clock } from '@techulus/ports';
import { explain, type Log } from '../log.ts';
import type { Store } from '../ports.ts';
import { objectOfSchema } from '../state/state-file.ts';
import type { Podman } from './podman.ts';

const KEPT_MS = 3_600_000;

export interface StoredImages {
  readonly schema: 1;
  /** By reference, when it was last needed; milliseconds since the epoch. */
  readonly lastNeeded: Readonly<Record<string, number>>;
}

export function parseImages(value: unknown): StoredImages {
  const { lastNeeded } = objectOfSchema(value, 1);
  if (typeof lastNeeded !== 'object' || lastNeeded === null) throw new Error('`lastNeeded` is missing');
  const entries = Object.entries(lastNeeded).filter(([, time]) => typeof time === 'number');
  return { schema: 1, lastNeeded: Object.fromEntries(entries) as Record<string, number> };
}

export class ImageCollection {
  private lastNeeded: Record<string, number> = {};
  private readonly parts: { podman: Podman; clock: Clock; file: Store<StoredImages>; log: Log };

  constructor(parts: { podman: Podman; clock: Clock; file: Store<StoredImages>; log: Log }) {
    this.parts = parts;
  }

  async load(): Promise<void> {
    this.lastNeeded = { ...(await this.parts.file.load())?.lastNeeded };
  }

  /** Only what was noted here is ever removed. */
  readonly note = async (reference: string): Promise<void> => {
    this.lastNeeded[reference] = this.parts.clock.now();
    await this.save();
  };

  /** `needed`: images of expected deployments and of containers that stand. Under disk pressure nothing is kept in reserve. */
  async collect(needed: ReadonlySet<string>, diskPressure: boolean): Promise<void> {
    const { clock, podman, log } = this.parts;
    const now = clock.now();
    for (const reference of Object.keys(this.lastNeeded)) if (needed.has(reference)) this.lastNeeded[reference] = now;
    const due = Object.entries(this.lastNeeded).filter(([reference, time]) => {
      return !needed.has(reference) && (diskPressure || now - time >= KEPT_MS);
    });
    for (const [reference] of due) {
      try {
        await podman.removeImage(reference);
        log.info(`removed the image ${reference}, which nothing needs`);
        delete this.lastNeeded[reference];
      } catch (error) {
        log.warn(`the image ${reference} could not be removed: ${explain(error)}`);
      }
    }
    await this.save();
  }

  private async save(): Promise<void> {
    await this.parts.file.save({ schema: 1, lastNeeded: this.lastNeeded });
  }
}
