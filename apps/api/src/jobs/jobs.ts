/**
 * Work that time brings: deadlines, and looks at what may move on. The clock only enqueues; a job does the work, once
 * across processes, and finds out from the log whether there is still something to do.
 */
import { type DueJob, isInMotion, members, onDeadline } from '@techulus/domain';
import type { EventStore, Job, JobQueue } from '@techulus/event-store';
import type { Clock, Timer, Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Commands } from '../commands/execute.ts';
import type { Log } from '../log.ts';
import type { Hearing } from '../presence/hearing.ts';

/** Nothing waits for a look that was lost longer than this. */
const LOOK_EVERY_MS = 3_000;
/** A server that falls silent is out of the names this long after its time, at most. */
const LISTEN_EVERY_MS = 1_000;

type Due = DueJob['data'] & { readonly afterMs?: number };

/** A row whose time is over. */
interface Forgotten {
  readonly kind: string;
  readonly key: string;
}

export interface JobsParts {
  readonly queue: JobQueue;
  readonly store: EventStore;
  readonly live: LiveCluster;
  readonly commands: Commands;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly hearing: Pick<Hearing, 'since' | 'someQuiet'>;
  readonly log: Log;
}

export class Jobs {
  private clock: Timer | undefined;
  private lookedAt = -Infinity;

  constructor(private readonly parts: JobsParts) {}

  async start(): Promise<void> {
    const { queue, commands, timers } = this.parts;
    await queue.work('deadline', async (job) => {
      const due = job.data as Due;
      if (await this.putOff(due)) return;
      await commands.execute((draft) => onDeadline(draft, due), { actor: 'clock', because: describe(job, due) });
    });
    await queue.work('look', async (job) => {
      await commands.execute(() => undefined, { actor: 'clock', because: describe(job, job.data as Due) });
    });
    await queue.work('forget', async (job) => {
      const { kind, key } = job.data as Forgotten;
      await this.parts.store.transact(({ rows }) => rows.delete(kind, key));
    });
    this.clock = timers.every(LISTEN_EVERY_MS, () => void this.enqueueLook());
  }

  stop(): void {
    this.clock?.cancel();
  }

  /** While nobody could hear, no deadline ran: one that came due meanwhile starts again. */
  private async putOff(due: Due): Promise<boolean> {
    const { hearing, clock, store } = this.parts;
    const missing = (due.afterMs ?? 0) - (clock.now() - hearing.since);
    if (missing <= 0) return false;
    const singletonKey = `${due.stream}@${due.version}:${due.about}+`;
    const jobs = [{ queue: 'deadline', data: due, startAfterMs: missing, singletonKey }];
    await store.append({ appends: [], jobs, meta: { actor: 'clock' } });
    return true;
  }

  /** Silence makes no event by itself: a server that is not heard is looked at more often. */
  private maySomethingMove(now: number): boolean {
    const { live, hearing } = this.parts;
    const heard = members(live.state).filter((server) => server.offlineAt === null);
    if (hearing.someQuiet(heard.map((server) => server.id))) return true;
    return now - this.lookedAt >= LOOK_EVERY_MS && isInMotion(live.state);
  }

  private async enqueueLook(): Promise<void> {
    const { live, store, log, clock } = this.parts;
    const now = clock.monotonic();
    if (live.whyUnready() !== null || !this.maySomethingMove(now)) return;
    this.lookedAt = now;
    try {
      const jobs = [{ queue: 'look', data: { about: 'what may move on' }, singletonKey: 'look' }];
      await store.append({ appends: [], jobs, meta: { actor: 'clock' } });
    } catch (error) {
      log.warn({ err: error }, 'a look could not be enqueued; the next one will be');
    }
  }
}

function describe(job: Job, { about, stream }: Partial<Due>): string {
  return `${job.queue}: ${about ?? 'look'}${stream === undefined ? '' : ` of ${stream}`}`;
}
