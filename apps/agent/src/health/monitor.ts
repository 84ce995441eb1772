/** Checks every running replica by its own rule, each on its own time. What it finds goes into the ledger. */
import { type Clock, sleep, type Timers, withDeadline } from '@techulus/ports';
import { explain } from '../log.ts';
import type { Entry } from '../podman/ledger.ts';
import type { LedgerBook } from '../podman/ledger-book.ts';
import { afterCheck, type CheckResult, type HealthState, initialHealth, restartBecause } from './evolve.ts';
import type { Probe } from './probe.ts';
import type { HealthRule } from './rule.ts';

export interface HealthTarget {
  readonly containerId: string;
  readonly deploymentId: string;
  readonly address: string;
  readonly rule: HealthRule;
}

export interface MonitorParts {
  readonly probe: Probe;
  readonly logLines: (containerId: string) => Promise<readonly string[]>;
  readonly ledger: LedgerBook;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The health of one has changed: report. */
  readonly changed: () => void;
  /** One has to be restarted: look. */
  readonly wake: () => void;
}

interface Watch {
  readonly runningSince: number;
  readonly stop: AbortController;
}

export class HealthMonitor {
  private readonly watches = new Map<string, Watch>();
  private readonly parts: MonitorParts;

  constructor(parts: MonitorParts) {
    this.parts = parts;
  }

  /** These run now: watches the new ones, and those that were started anew; lets go of the others. */
  sync(targets: readonly HealthTarget[]): void {
    const wanted = new Map(targets.map((target) => [target.containerId, target]));
    for (const [id, watch] of this.watches) {
      const since = this.parts.ledger.of(id).runningSince;
      if (wanted.has(id) && since === watch.runningSince) continue;
      watch.stop.abort();
      this.watches.delete(id);
    }
    for (const target of targets) if (!this.watches.has(target.containerId)) this.begin(target);
  }

  stop(): void {
    this.sync([]);
  }

  private begin(target: HealthTarget): void {
    const { runningSince, health, healthMessage } = this.parts.ledger.of(target.containerId);
    if (runningSince === null) return;
    const watch = { runningSince, stop: new AbortController() };
    this.watches.set(target.containerId, watch);
    // What was known before a restart of the agent stays true until a check says otherwise.
    void this.watch(target, watch, initialHealth(health, healthMessage));
  }

  private async watch(target: HealthTarget, watch: Watch, first: HealthState): Promise<void> {
    let state = first;
    const { signal } = watch.stop;
    while (!signal.aborted) {
      const result = await this.check(target, watch);
      if (signal.aborted) return;
      state = afterCheck(state, result, target.rule, this.parts.clock.now() - watch.runningSince);
      await this.note(target, state);
      await sleep(this.parts.timers, state.nextMs, signal);
    }
  }

  private async check({ containerId, address, rule }: HealthTarget, watch: Watch): Promise<CheckResult> {
    const runningMs = this.parts.clock.now() - watch.runningSince;
    try {
      return await withDeadline(this.parts.timers, rule.timeoutMs, 'the check', (deadline) =>
        this.parts.probe(rule, { containerId, address, runningMs }, AbortSignal.any([deadline, watch.stop.signal])),
      );
    } catch (error) {
      return { ok: false, message: explain(error) };
    }
  }

  private async note(target: HealthTarget, state: HealthState): Promise<void> {
    const { ledger, changed, wake } = this.parts;
    const written = await this.lastWords(target, state);
    const entry = ledger.of(target.containerId, target.deploymentId);
    const { health, message: healthMessage } = state;
    const because = entry.restartBecause ?? restartBecause(state, target.rule);
    if (entry.health !== health || entry.healthMessage !== healthMessage) {
      ledger.put(target.containerId, { ...entry, ...written, health, healthMessage, restartBecause: because });
      changed();
    }
    if (because !== entry.restartBecause) {
      ledger.put(target.containerId, { ...ledger.of(target.containerId), restartBecause: because });
      wake();
    }
  }

  /** What it wrote last, when it has just become unhealthy. */
  private async lastWords(
    { containerId }: HealthTarget,
    { health }: HealthState,
  ): Promise<Pick<Entry, 'lastLogLines'> | null> {
    if (health !== 'unhealthy' || this.parts.ledger.of(containerId).health === 'unhealthy') return null;
    return { lastLogLines: await this.parts.logLines(containerId).catch(() => []) };
  }
}
