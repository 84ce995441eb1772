/**
 * The two states of a server. IDLE: polls, observes; without drift it stays. Drift → PROCESSING: no poll; the first action
 * that does not wait is applied, then everything is observed again; when no action is due, or after five minutes,
 * it reports and is IDLE. Podman's events, accepted answers and timers ring the bell. The heartbeat is not here: it is a task
 * of its own that tells what this loop last wrote into `state`.
 */
import { type Clock, sleep, type Timers } from '@techulus/ports';
import { type Action, diff, type Effectors, type ExpectedState, type Outcome } from '@techulus/reconcile';
import type { AgentState, Observation } from './agent-state.ts';
import { actionKey, Deferrals } from './deferrals.ts';
import type { ExpectedStore } from './expected-store.ts';
import type { Log } from './log.ts';
import type { Poller } from './poller.ts';
import type { CommitPoint } from './ports.ts';
import { nextLookMs } from './schedule.ts';
import { applyAction } from './apply-action.ts';
import type { Wake } from './wake.ts';

const LONGEST_PROCESSING_MS = 300_000;
/** How long a poll gets before drift may drop it, so that constant repair does not deafen this server. */
const POLL_CHANCE_MS = 50;
const LONGEST_CHANCE_MS = 200;
const NO_EFFECT_RETRY_MS = 250;

export interface LoopParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly sha256: (text: string) => string;
  readonly state: AgentState;
  readonly expected: ExpectedStore;
  readonly poller: Pick<Poller, 'begin' | 'drop'>;
  readonly wake: Wake;
  readonly effectors: Effectors;
  /** Never throws: a section that cannot be seen is unobserved. */
  readonly observe: (expected: ExpectedState | null) => Promise<Observation>;
  readonly heartbeat: { changed(): void; flush(): Promise<void> };
  readonly commitPoint: CommitPoint;
  readonly log: Log;
}

export class Loop {
  private readonly parts: LoopParts;
  private readonly deferrals = new Deferrals();
  private lastDone: string | null = null;

  constructor(parts: LoopParts) {
    this.parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.idle(signal);
      if (!signal.aborted) await this.process(signal);
    }
    this.parts.poller.drop();
  }

  /** Ends when an action is due. */
  private async idle(signal: AbortSignal): Promise<void> {
    const { poller, state, timers, wake } = this.parts;
    state.mode = 'IDLE';
    const starts = state.removed ? 0 : poller.begin();
    await sleep(timers, Math.min(starts, LONGEST_CHANCE_MS) + POLL_CHANCE_MS, signal);
    while (!signal.aborted) {
      const action = await this.look(this.parts.expected.current());
      this.parts.heartbeat.changed();
      if (action !== null) return;
      await wake.wait(this.untilNextLook(), signal);
    }
  }

  private async process(signal: AbortSignal): Promise<void> {
    const { clock, expected, heartbeat, poller, state } = this.parts;
    poller.drop();
    state.mode = 'PROCESSING';
    const snapshot = expected.current();
    const until = clock.monotonic() + LONGEST_PROCESSING_MS;
    while (!signal.aborted && clock.monotonic() < until) {
      const action = await this.look(snapshot);
      if (action === null) break;
      await this.apply(action, signal);
      heartbeat.changed();
    }
    state.action = null;
    await heartbeat.flush();
  }

  /** Observes and answers the first action that is due. */
  private async look(expected: ExpectedState | null): Promise<Action | null> {
    const { clock, sha256, state } = this.parts;
    const observation = await this.parts.observe(expected);
    state.observation = observation;
    if (expected === null) return null;
    const now = clock.now();
    const actions = diff(expected, observation.actual, { now, sha256 });
    this.noteNoEffect(actions, now);
    this.deferrals.keepOnly(actions);
    state.deferred = this.deferrals.list();
    return this.deferrals.firstDue(actions, now);
  }

  /** What says it is done and is still wanted had no effect: it waits like a failure, or it would spin. */
  private noteNoEffect(actions: readonly Action[], now: number): void {
    const again = actions.find((action) => actionKey(action) === this.lastDone);
    this.lastDone = null;
    if (again === undefined) return;
    const message = `done, and still: ${again.because}`;
    this.deferrals.failed(again, { outcome: 'retry', afterMs: NO_EFFECT_RETRY_MS, message }, now);
  }

  private async apply(action: Action, signal: AbortSignal): Promise<void> {
    const { clock, effectors, heartbeat, log, state, timers } = this.parts;
    const { kind, key, because } = action;
    state.action = { kind, key: key.slice(0, 64), because: because.slice(0, 500), outcome: 'running', message: null };
    heartbeat.changed();
    await this.parts.commitPoint(`before ${kind}`);
    const outcome: Outcome = await applyAction(effectors, action, timers, signal);
    await this.parts.commitPoint(`after ${kind}`);
    const message = outcome.outcome === 'done' ? null : outcome.message.slice(0, 2000);
    state.action = { ...state.action, outcome: outcome.outcome, message };
    log.info(`${kind} ${key}: ${outcome.outcome}`, { because, ...(message === null ? {} : { message }) });
    if (outcome.outcome === 'done') this.lastDone = actionKey(action);
    else this.deferrals.failed(action, outcome, clock.now());
  }

  private untilNextLook(): number {
    const { clock, state } = this.parts;
    const { observation } = state;
    if (observation === null) return 0;
    const parts = observation.expected?.containers?.parts ?? [];
    const draining = parts.some((part) => part.want === 'drain');
    return nextLookMs(observation.actual, this.deferrals.list(), clock.now(), draining);
  }
}
