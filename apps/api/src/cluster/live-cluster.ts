/**
 * The whole log folded into memory, and followed. Polls and reads are answered from here without touching the database;
 * decisions are taken on it and checked by the log's expected versions.
 */
import { type ClusterState, emptyCluster, evolve } from '@techulus/domain';
import { type EventStore, GENESIS_HASH, type StoredEvent, type Subscription } from '@techulus/event-store';
import { type Clock, type Timers, withDeadline } from '@techulus/ports';
import type { Log } from '../log.ts';
import { recorded } from './event-types.ts';
import { NotReady } from './not-ready.ts';
import type { Snapshots } from './snapshots.ts';
import { Watchers } from './watchers.ts';

/** A fold that could not confirm the log's head for this long may be telling old news. */
const CONFIRMED_WITHIN_MS = 5_000;
const CATCH_UP_WITHIN_MS = 5_000;

export interface LiveClusterParts {
  store: EventStore;
  clock: Clock;
  timers: Timers;
  log: Log;
  /** Without them, a start folds the whole log. */
  snapshots?: Snapshots;
}

export class LiveCluster {
  /** Changed in place by every event; whoever needs it over an await must take what it needs before. */
  readonly state: ClusterState = emptyCluster();
  readonly watchers: Watchers;
  private logEpoch = 0;
  private lastHash = GENESIS_HASH;
  private subscription: Subscription | undefined;
  private started = false;
  private snapshotAt = 0;
  private writing: Promise<void> | undefined;

  constructor(private readonly parts: LiveClusterParts) {
    this.watchers = new Watchers(parts.timers);
  }

  get epoch(): number {
    return this.logEpoch;
  }

  /** The last event folded, and the chain's hash there. */
  get head(): { position: number; hash: string } {
    return { position: this.state.position, hash: this.lastHash };
  }

  /** Folds what the log holds now, and follows it from there. */
  async start(): Promise<void> {
    const head = await this.parts.store.head();
    this.logEpoch = head.epoch;
    await this.takeSnapshot();
    this.subscription = this.parts.store.subscribe(this.state.position, (events) => this.fold(events));
    await this.subscription.caughtUp(head.position);
    this.started = true;
    this.keepSnapshot();
  }

  /** Resolves when the fold has reached the position; NotReady when it cannot, or not soon. */
  async caughtUp(position: number): Promise<void> {
    if (this.state.position >= position) return;
    const { subscription } = this;
    if (subscription === undefined) throw new NotReady('the log has not been read yet');
    const what = `folding the log up to ${position}`;
    try {
      await withDeadline(this.parts.timers, CATCH_UP_WITHIN_MS, what, () => subscription.caughtUp(position));
    } catch (error) {
      throw new NotReady(error instanceof Error ? error.message : what, { cause: error });
    }
  }

  /** Asks the log where it ends, and folds up to there. */
  async catchUpToHead(): Promise<void> {
    const head = await this.parts.store.head();
    await this.caughtUp(head.position);
  }

  /** Why this process must not answer from its fold, or null. */
  whyUnready(): string | null {
    const { subscription } = this;
    if (subscription === undefined) return 'the log has not been read yet';
    if (subscription.failure !== undefined) return subscription.failure.message;
    const age = this.parts.clock.monotonic() - subscription.confirmedAt;
    return age <= CONFIRMED_WITHIN_MS
      ? null
      : `the log's head was not confirmed for more than ${CONFIRMED_WITHIN_MS / 1000} s`;
  }

  requireReady(): void {
    const why = this.whyUnready();
    if (why !== null) throw new NotReady(why);
  }

  async close(): Promise<void> {
    await this.subscription?.close();
    await this.writing;
    this.watchers.wakeAll();
  }

  private fold(events: readonly StoredEvent[]): void {
    for (const stored of events) this.foldOne(stored);
    this.watchers.folded();
    this.keepSnapshot();
  }

  /** The state object stays the same one: others hold it. */
  private async takeSnapshot(): Promise<void> {
    const snapshot = await this.parts.snapshots?.load();
    if (snapshot === undefined) return;
    Object.assign(this.state, snapshot.state);
    this.lastHash = snapshot.hash;
    this.snapshotAt = snapshot.state.position;
  }

  private keepSnapshot(): void {
    const { snapshots, log } = this.parts;
    if (snapshots === undefined || this.writing !== undefined || !this.started) return;
    if (this.state.position - this.snapshotAt < snapshots.every) return;
    this.writing = snapshots
      .write(() => ({ state: this.state, hash: this.lastHash }))
      .then((position) => void (this.snapshotAt = position))
      .catch((error: unknown) => {
        this.snapshotAt = this.state.position; // not again at every event
        log.warn({ err: error }, 'a snapshot could not be written; a start takes longer, nothing else');
      })
      .finally(() => (this.writing = undefined));
  }

  /** An event that this release cannot fold ends the following: unready, with the last state that was right. */
  private foldOne(stored: StoredEvent): void {
    try {
      evolve(this.state, recorded(stored));
    } catch (error) {
      const { position, type } = stored;
      this.parts.log.error(
        { err: error, position, type },
        'an event of the log cannot be folded; this process is not ready any more',
      );
      throw error;
    }
    this.lastHash = stored.hash;
  }
}
