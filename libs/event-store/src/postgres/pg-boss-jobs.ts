import type { Random } from '@techulus/ports';
import { fromKysely, PgBoss, type JobResult, type KyselyTransactionLike } from 'pg-boss';
import { asError } from '../errors.ts';
import type { JobRequest } from '../event-store.ts';
import type { Job, JobHandler, JobQueue } from '../jobs.ts';
import type { JobSink } from './postgres-event-store.ts';
import type { SqlExecutor } from './sql.ts';

/**
 * A worker that was killed leaves its job "active". pg-boss notices by the missing heartbeat (10 s is its least), looked
 * for every 5 s; the job then runs again elsewhere. A handler that runs into the night is given up after five minutes.
 * Retries never run out within the fortnight that a job is kept: what a job is about must not be forgotten.
 */
const QUEUE = {
  notify: true,
  retryLimit: 50_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 30,
  heartbeatSeconds: 10,
  expireInSeconds: 300,
  deleteAfterSeconds: 3600,
} as const;

/**
 * Jobs that are due at once arrive by NOTIFY; those with a later start are found by looking, so this is their grain.
 * Every worker looks for itself: few workers that take several jobs at a time keep an idle process quiet.
 */
const LOOK_EVERY_SECONDS = 1;
const WORKERS_PER_QUEUE = 2;
const JOBS_AT_A_TIME = 10;
const STOP_WITHIN_MS = 10_000;

export interface PgBossJobsOptions {
  url: string;
  random: Random;
  onError(error: Error): void;
}

export class PgBossJobs implements JobQueue, JobSink {
  private readonly boss: PgBoss;
  private readonly known = new Map<string, Promise<void>>();

  private readonly options: PgBossJobsOptions;

  constructor(options: PgBossJobsOptions) {
    this.options = options;
    this.boss = new PgBoss({
      connectionString: options.url,
      application_name: 'techulus-jobs',
      max: 4,
      useListenNotify: true,
      schedule: false,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
    });
    this.boss.on('error', options.onError);
  }

  /** Makes pg-boss's schema where it is missing. */
  async start(): Promise<void> {
    await this.boss.start();
  }

  async work(queue: string, handler: JobHandler): Promise<void> {
    await this.ensure(queue);
    const options = {
      includeMetadata: true,
      perJobResults: true,
      batchSize: JOBS_AT_A_TIME,
      localConcurrency: WORKERS_PER_QUEUE,
      pollingIntervalSeconds: LOOK_EVERY_SECONDS,
      notifyPollingIntervalSeconds: LOOK_EVERY_SECONDS,
    } as const;
    await this.boss.work<object>(queue, options, (jobs) =>
      Promise.all(
        jobs.map(({ id, data, retryCount }) => this.handle({ id, queue, data, attempt: retryCount + 1 }, handler)),
      ),
    );
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: true, close: true, timeout: STOP_WITHIN_MS });
  }

  /** Always in the same order, so that two transactions that share singleton keys do not wait for each other. */
  async enqueue(executor: SqlExecutor, requests: readonly JobRequest[]): Promise<void> {
    const db = fromKysely(executor as KyselyTransactionLike);
    const queues = [...new Set(requests.map(({ queue }) => queue))].sort();
    for (const queue of queues) {
      await this.ensure(queue);
      const jobs = requests.filter((request) => request.queue === queue).map((request) => this.toInsert(request));
      await this.boss.insert(queue, jobs.sort(bySingletonKey), { db });
    }
  }

  private async handle(job: Job, handler: JobHandler): Promise<JobResult> {
    try {
      await handler(job);
      return { id: job.id, status: 'completed' };
    } catch (thrown) {
      const cause = asError(thrown);
      this.options.onError(new Error(`a job of queue ${job.queue} failed and will be tried again`, { cause }));
      return { id: job.id, status: 'failed', output: { message: cause.message } };
    }
  }

  /** The queue's policy keeps one waiting job per key, so a job without a key is given one of its own. */
  private toInsert({ data, startAfterMs, singletonKey }: JobRequest): JobInsert {
    return { data, startAfter: (startAfterMs ?? 0) / 1000, singletonKey: singletonKey ?? this.options.random.id() };
  }

  private ensure(queue: string): Promise<void> {
    const known = this.known.get(queue) ?? this.make(queue);
    this.known.set(queue, known);
    return known;
  }

  private async make(queue: string): Promise<void> {
    try {
      await this.boss.createQueue(queue, { ...QUEUE, policy: 'short' });
      await this.boss.updateQueue(queue, QUEUE); // an older release may have made it otherwise
    } catch (error) {
      this.known.delete(queue);
      throw error;
    }
  }
}

interface JobInsert {
  data: object;
  startAfter: number;
  singletonKey: string;
}

function bySingletonKey(a: JobInsert, b: JobInsert): number {
  return a.singletonKey < b.singletonKey ? -1 : 1;
}
