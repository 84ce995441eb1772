/**
 * Images come in the background: a pull holds nothing up, has a deadline, and a deployment becomes an action only when its
 * image is there.
 */
import type { DeploymentPart, FailureReason, RegistryAccess } from '@techulus/contract';
import { type Clock, type Timers, withDeadline } from '@techulus/ports';
import type { ImageState } from '@techulus/reconcile';
import { backoffMs } from '../backoff.ts';
import { explain, type Log } from '../log.ts';
import type { Podman } from './podman.ts';
import { classifyPullError } from './pull-error.ts';

const PULL_DEADLINE_MS = 600_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

export interface ImagesParts {
  readonly podman: Podman;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly wake: () => void;
  /** The registry's access for a deployment, opened; null where it needs none. */
  readonly access: (part: DeploymentPart) => RegistryAccess | null;
  /** Makes a certificate authority known to Podman before the pull. */
  readonly prepare: (host: string, access: RegistryAccess) => Promise<void>;
  /** Called before a pull, so that what we brought here is known as ours. */
  readonly note: (reference: string) => Promise<void>;
}

interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly notBefore: number;
  readonly count: number;
}

export class Images {
  private readonly parts: ImagesParts;
  private readonly pulling = new Set<string>();
  private readonly failures = new Map<string, Failure>();

  constructor(parts: ImagesParts) {
    this.parts = parts;
  }

  /** How each image stands; what is not needed any more is forgotten. */
  async observe(references: ReadonlySet<string>): Promise<Map<string, ImageState>> {
    for (const reference of this.failures.keys()) if (!references.has(reference)) this.failures.delete(reference);
    const states = [...references].map(async (reference) => [reference, await this.state(reference)] as const);
    return new Map(await Promise.all(states));
  }

  private async state(reference: string): Promise<ImageState> {
    if (this.pulling.has(reference)) return { state: 'pulling', percent: null };
    if (await this.parts.podman.hasImage(reference)) return { state: 'present' };
    const failure = this.failures.get(reference);
    return failure === undefined ? { state: 'absent' } : { state: 'failed', ...failure };
  }

  isPulling(): boolean {
    return this.pulling.size > 0;
  }

  /** Starts a pull and returns. */
  begin(part: DeploymentPart): void {
    if (this.pulling.has(part.image)) return;
    this.pulling.add(part.image);
    void this.pull(part).finally(() => {
      this.pulling.delete(part.image);
      this.parts.wake();
    });
  }

  private async pull(part: DeploymentPart): Promise<void> {
    const { podman, timers, log, access, prepare, note } = this.parts;
    try {
      await note(part.image);
      const opened = access(part);
      if (opened !== null && part.registry != null) await prepare(part.registry.host, opened);
      await withDeadline(timers, PULL_DEADLINE_MS, `pulling ${part.image}`, (signal) =>
        podman.pull(part.image, opened, signal),
      );
      this.failures.delete(part.image);
      log.info(`pulled ${part.image}`);
    } catch (error) {
      this.failed(part.image, explain(error));
    }
  }

  private failed(image: string, message: string): void {
    const reason = classifyPullError(message);
    const count = (this.failures.get(image)?.count ?? 0) + 1;
    const wait = reason === 'pull_failed' ? backoffMs(count, FIRST_RETRY_MS, LONGEST_RETRY_MS) : LONGEST_RETRY_MS;
    this.failures.set(image, { reason, message, count, notBefore: this.parts.clock.now() + wait });
    this.parts.log.warn(`${image} could not be pulled (${reason}): ${message}`);
  }
}
