import type { Fleet } from './fleet/fleet.ts';
import type { Measured } from './row.ts';

/** What rows share within one run; made when the first asks, torn down at the end. */
export interface Grounds {
  /** How many servers `large` has. */
  readonly servers: number;
  /** 250 servers of ten replicas each, unless `--servers` says otherwise. */
  large(): Promise<Fleet>;
  /** Ten servers of ten replicas each. */
  small(): Promise<Fleet>;
  /** To be called at the end, in the opposite order. */
  onEnd(work: () => Promise<void>): void;
}

export interface Bench {
  readonly name: string;
  measure(grounds: Grounds): Promise<Measured[]>;
}

export function progress(text: string): void {
  console.error(`bench: ${text}`);
}
