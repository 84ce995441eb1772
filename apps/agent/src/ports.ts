/** What the loop and the heartbeat reach the world through; production, tests and the simulator bring their own. */
import type { ExpectedStateAnswer, Generations, SectionName, StatusAnswer, StatusReport } from '@techulus/contract';

export type Poll =
  | { readonly kind: 'answer'; readonly answer: ExpectedStateAnswer }
  | { readonly kind: 'unchanged' }
  /** A signed 410 that names this server. */
  | { readonly kind: 'removed' };

export type Reported = { readonly kind: 'answer'; readonly answer: StatusAnswer } | { readonly kind: 'removed' };

/** Everything that fails, or is not signed by our control plane, throws. */
export interface ControlPlane {
  /** A section missing from `held` is sent whole. Answers at once when something is newer, else after `waitSeconds`. */
  poll(held: Generations, waitSeconds: number, signal: AbortSignal): Promise<Poll>;
  report(report: StatusReport): Promise<Reported>;
  /** Milliseconds to add to this server's clock to have the control plane's. */
  clockOffsetMs(): number;
  /** Other URLs, as an answer gave them. */
  alsoAt(urls: readonly string[]): void;
}

/** A value that survives the process; null when there is none. */
export interface Store<T> {
  load(): Promise<T | null>;
  save(value: T): Promise<void>;
}

/** Between two steps, where a crash must lose nothing; the simulator ends the process there. */
export type CommitPoint = (name: string) => Promise<void>;

export type { SectionName };
