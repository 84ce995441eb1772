/**
 * Work to be done after a commit, once across processes: enqueued in the command's own transaction, so that it exists
 * exactly if the events do. Delivery is at least once; a handler finds out from the log whether there is still something
 * to do, and answers a job whose subject has moved on by doing nothing.
 */
export interface Job {
  id: string;
  queue: string;
  data: object;
  /** 1 at the first delivery. */
  attempt: number;
}

/** A handler that throws is given the job again, later and later. */
export type JobHandler = (job: Job) => Promise<void>;

export interface JobQueue {
  work(queue: string, handler: JobHandler): Promise<void>;
  /** Lets what runs end, takes up nothing more. */
  stop(): Promise<void>;
}
