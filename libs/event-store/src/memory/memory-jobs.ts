import type { Clock, Timers } from '@techulus/ports';
import { rowText } from '../canonical-json.ts';
import type { JobRequest } from '../event-store.ts';
import type { Job, JobHandler, JobQueue } from '../jobs.ts';

const RETRY_FIRST_MS = 1000;
const RETRY_AT_MOST_MS = 30_000;

/** How badly the queue behaves: a simulation delivers twice, or late. Neither breaks the promise of "at least once". */
export interface DeliveryFaults {
  copies?(request: JobRequest): number;
  lateMs?(request: JobRequest): number;
}

interface Waiting {
  id: string;
  queue: string;
  text: string;
  singletonKey: string | undefined;
  dueAt: number;
  attempt: number;
}

/**
 * The twin of pg-boss's tables. Jobs outlive the processes that work on them: a job that no process works on waits, and
 * one whose worker stopped before the handler had ended is delivered again.
 */
export class MemoryJobs {
  private readonly waiting = new Map<string, Waiting>();
  private readonly workers: MemoryJobQueue[] = [];
  private made = 0;

  private readonly clock: Clock;
  readonly timers: Timers;
  private readonly faults: DeliveryFaults;

  constructor(clock: Clock, timers: Timers, faults: DeliveryFaults = {}) {
    this.clock = clock;
    this.timers = timers;
    this.faults = faults;
  }

  enqueue(requests: readonly JobRequest[]): void {
    for (const request of requests) {
      const copies = this.faults.copies?.(request) ?? 1;
      if (!this.isWaiting(request)) for (let copy = 0; copy < copies; copy += 1) this.add(request);
    }
  }

  connect(): MemoryJobQueue {
    const queue = new MemoryJobQueue(this);
    this.workers.push(queue);
    return queue;
  }

  disconnect(worker: MemoryJobQueue): void {
    const index = this.workers.indexOf(worker);
    if (index >= 0) this.workers.splice(index, 1);
  }

  /** Jobs that were not taken up yet, the ones due later included. */
  pending(queue: string): object[] {
    return [...this.waiting.values()].filter((job) => job.queue === queue).map((job) => JSON.parse(job.text) as object);
  }

  /** Gives what is due to a process that works on its queue. */
  deliver(): void {
    for (const job of [...this.waiting.values()]) {
      const worker = this.workers.find((candidate) => candidate.worksOn(job.queue));
      if (!worker || job.dueAt > this.clock.now()) continue;
      this.waiting.delete(job.id);
      worker.handle({ id: job.id, queue: job.queue, data: JSON.parse(job.text) as object, attempt: job.attempt }, () =>
        this.retry(job),
      );
    }
  }

  private retry(job: Waiting): void {
    const delay = Math.min(RETRY_AT_MOST_MS, RETRY_FIRST_MS * 2 ** (job.attempt - 1));
    this.wait({ ...job, attempt: job.attempt + 1, dueAt: this.clock.now() + delay });
  }

  private add(request: JobRequest): void {
    this.made += 1;
    this.wait({
      id: `job-${this.made}`,
      queue: request.queue,
      text: rowText(request.data),
      singletonKey: request.singletonKey,
      dueAt: this.clock.now() + (request.startAfterMs ?? 0) + (this.faults.lateMs?.(request) ?? 0),
      attempt: 1,
    });
  }

  private wait(job: Waiting): void {
    this.waiting.set(job.id, job);
    // Through a timer even when it is due now: a job is never delivered from within the commit that enqueues it.
    this.timers.after(Math.max(0, job.dueAt - this.clock.now()), () => this.deliver());
  }

  private isWaiting({ queue, singletonKey }: JobRequest): boolean {
    if (singletonKey === undefined) return false;
    return [...this.waiting.values()].some(
      (job) => job.queue === queue && job.singletonKey === singletonKey && job.attempt === 1,
    );
  }
}

/** One process's workers. */
export class MemoryJobQueue implements JobQueue {
  private readonly handlers = new Map<string, JobHandler>();
  /** What runs, and how it is given to another one. */
  private readonly running = new Map<Promise<void>, () => void>();
  private crashed = false;

  private readonly jobs: MemoryJobs;

  constructor(jobs: MemoryJobs) {
    this.jobs = jobs;
  }

  work(queue: string, handler: JobHandler): Promise<void> {
    this.handlers.set(queue, handler);
    this.jobs.timers.after(0, () => this.jobs.deliver()); // for what waited before anybody worked on it
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.jobs.disconnect(this);
    await Promise.all(this.running.keys());
  }

  /** As kill -9 of the process: what it worked on was not done, and is delivered again. */
  crash(): void {
    this.crashed = true;
    this.jobs.disconnect(this);
    for (const retry of this.running.values()) retry();
  }

  worksOn(queue: string): boolean {
    return this.handlers.has(queue);
  }

  handle(job: Job, retry: () => void): void {
    const handler = this.handlers.get(job.queue);
    if (!handler) return retry();
    const run = handler(job)
      .catch(() => (this.crashed ? undefined : retry()))
      .finally(() => this.running.delete(run));
    this.running.set(run, retry);
  }
}
