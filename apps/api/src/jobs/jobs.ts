/**
 * Work that time brings: deadlines, and looks at what may move on. The clock only enqueues; a job does the work, once
 * across processes, and finds out from the log whether there is still something to do.
 */
import { type DueJob, isInMotion, onDeadline } from '@techulus/domain';
import type { EventStore, Job, JobQueue } from '@techulus/event-store';
import type { Timer, Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Commands } from '../commands/execute.ts';
import type { Log } from '../log.ts';

/** Nothing waits for a look that was lost longer than this. */
const LOOK_EVERY_MS = 3_000;

export interface JobsParts {
  readonly queue: JobQueue;
  readonly store: EventStore;
  readonly live: LiveCluster;
  readonly commands: Commands;
  readonly timers: Timers;
  readonly log: Log;
}

export class Jobs {
  private clock: Timer | undefined;

  constructor(private readonly parts: JobsParts) {}

  async start(): Promise<void> {
    const { queue, commands, timers } = this.parts;
    await queue.work('deadline', async (job) => {
      const due = job.data as DueJob['data'];
      await commands.execute((draft) => onDeadline(draft, due), { actor: 'clock', because: describe(job, due) });
    });
    await queue.work('look', async (job) => {
      await commands.execute(() => undefined, { actor: 'clock', because: describe(job, job.data as DueJob['data']) });
    });
    this.clock = timers.every(LOOK_EVERY_MS, () => void this.enqueueLook());
  }

  stop(): void {
    this.clock?.cancel();
  }

  private async enqueueLook(): Promise<void> {
    const { live, store, log } = this.parts;
    if (live.whyUnready() !== null || !isInMotion(live.state)) return;
    try {
      const jobs = [{ queue: 'look', data: { about: 'what may move on' }, singletonKey: 'look' }];
      await store.append({ appends: [], jobs, meta: { actor: 'clock' } });
    } catch (error) {
      log.warn({ err: error }, 'a look could not be enqueued; the next one will be');
    }
  }
}

function describe(job: Job, { about, stream }: Partial<DueJob['data']>): string {
  return `${job.queue}: ${about ?? 'look'}${stream === undefined ? '' : ` of ${stream}`}`;
}
