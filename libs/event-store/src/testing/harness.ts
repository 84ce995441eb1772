import type { CommitPoints, EventStore, NewEvent, StoredEvent, StreamAppend } from '../event-store.ts';
import type { BackupStore } from '../backup.ts';
import type { JobQueue } from '../jobs.ts';

/** One process on the database under test. */
export interface TestProcess {
  store: EventStore & BackupStore;
  jobs: JobQueue;
  points: CommitPoints;
}

/** What the contract asks of a store under test: one empty database, and processes on it. */
export interface Harness {
  process(): Promise<TestProcess>;
  /** Lets `ms` pass, for real or on a clock of the test's own. */
  pass(ms: number): Promise<void>;
  /** Milliseconds on that clock. */
  now(): number;
  close(): Promise<void>;
}

export const meta = { actor: 'test', because: 'contract' };

export function event(type: string, data: unknown = {}): NewEvent {
  return { type, schema: 1, data };
}

export function append(stream: string, expectedVersion: number, ...types: string[]): StreamAppend {
  return { stream, expectedVersion, events: types.map((type) => event(type, { type })) };
}

export function types(events: readonly StoredEvent[]): string[] {
  return events.map(({ type }) => type);
}

/** Looks again and again while time passes, for at most five seconds. */
export async function eventually(harness: Harness, holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 250; turn += 1) {
    if (holds()) return;
    await harness.pass(20);
  }
  throw new Error(`did not happen within 5 s: ${what}`);
}

/** A promise and the way to resolve it from outside. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
