/**
 * What this server remembers of its containers beside Podman: how often each one ended by itself, when it may start
 * again, when SIGTERM was sent, what its check said last. On disk, so that a restart of the agent forgets nothing and
 * restarts nothing.
 */
import { backoffMs } from '../backoff.ts';
import { objectOfSchema } from '../state/state-file.ts';

export type Health = 'starting' | 'healthy' | 'unhealthy';

export interface Entry {
  readonly deploymentId: string;
  /** The boot in which it was last started or seen running; an end that a reboot brought is no crash. */
  readonly bootId: string | null;
  readonly runningSince: number | null;
  readonly termSentAt: number | null;
  /** It was told to end in order to be started again: its end counts as a crash. */
  readonly restartBecause: string | null;
  readonly crashes: number;
  readonly restarts: number;
  readonly crashLooping: boolean;
  readonly notBefore: number;
  readonly exitCode: number | null;
  readonly lastLogLines: readonly string[];
  readonly health: Health;
  readonly healthMessage: string | null;
}

const CRASH_LOOP_AFTER = 3;
const STABLE_MS = 60_000;
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

export function newEntry(deploymentId: string): Entry {
  return {
    deploymentId,
    bootId: null,
    runningSince: null,
    termSentAt: null,
    restartBecause: null,
    crashes: 0,
    restarts: 0,
    crashLooping: false,
    notBefore: 0,
    exitCode: null,
    lastLogLines: [],
    health: 'starting',
    healthMessage: null,
  };
}

/** Started by us, or seen running. One that has run for a minute is no longer in a crash loop. */
export function seenRunning(entry: Entry, bootId: string, now: number): Entry {
  const sameRun = entry.bootId === bootId && entry.runningSince !== null;
  const runningSince = sameRun ? entry.runningSince : now;
  const stable = sameRun && now - (entry.runningSince ?? now) >= STABLE_MS;
  if (sameRun && !(stable && entry.crashes > 0)) return entry;
  const restarts = entry.bootId === bootId ? entry.restarts : 0;
  const calm = stable ? { crashes: 0, crashLooping: false } : {};
  return { ...entry, bootId, restarts, runningSince, ...calm };
}

/** Seen standing still. The first time after it ran, in the same boot and without our doing, it has crashed. */
export function seenEnded(entry: Entry, exitCode: number, bootId: string, now: number): Entry {
  if (entry.runningSince === null) return entry;
  const ended = { ...entry, runningSince: null, health: 'starting' as const, healthMessage: null };
  if (entry.bootId !== bootId) return { ...ended, crashes: 0, restarts: 0, crashLooping: false, notBefore: 0 };
  if (entry.termSentAt !== null && entry.restartBecause === null) return { ...ended, exitCode };
  const crashes = entry.crashes + 1;
  const wait = crashes === 1 ? 0 : backoffMs(crashes - 1, FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS);
  return { ...ended, exitCode, crashes, crashLooping: crashes >= CRASH_LOOP_AFTER, notBefore: now + wait };
}

/** About to be started: an earlier SIGTERM says nothing of this run, also when Podman's answer to the start is lost. */
export function starting(entry: Entry): Entry {
  return { ...entry, termSentAt: null, restartBecause: null };
}

export function started(entry: Entry, bootId: string, now: number): Entry {
  const again = entry.bootId === bootId && entry.crashes > 0;
  const restarts = entry.bootId === bootId ? entry.restarts + (again ? 1 : 0) : 0;
  return {
    ...entry,
    bootId,
    restarts,
    runningSince: now,
    termSentAt: null,
    restartBecause: null,
    health: 'starting',
    healthMessage: null,
  };
}

export interface StoredLedger {
  readonly schema: 1;
  readonly containers: Readonly<Record<string, Entry>>;
}

export function parseLedger(value: unknown): StoredLedger {
  const { containers } = objectOfSchema(value, 1);
  if (typeof containers !== 'object' || containers === null) throw new Error('`containers` is missing');
  const entries = Object.entries(containers as Record<string, Partial<Entry>>);
  const known = entries.map(([id, entry]) => [id, { ...newEntry(String(entry.deploymentId)), ...entry }]);
  return { schema: 1, containers: Object.fromEntries(known) as Record<string, Entry> };
}
