/**
 * Reports: every five seconds in both states, after each change, and before PROCESSING is left. A task of its own, so that
 * a slow stop or a hung Podman never makes a serving server look dead: it tells what was last observed, and how old that is.
 */
import { canonicalJson, type SectionName, type StatusReport } from '@techulus/contract';
import { type Clock, type Timers, withDeadline } from '@techulus/ports';
import { explain, type Log } from './log.ts';
import type { ControlPlane, Reported } from './ports.ts';

const EVERY_MS = 5_000;
const FLUSH_MS = 5_000;

export interface HeartbeatParts {
  readonly timers: Timers;
  readonly controlPlane: Pick<ControlPlane, 'report'>;
  readonly compose: () => StatusReport;
  /** A report was received after some that were not. */
  readonly recovered: () => void;
  readonly resend: (sections: readonly SectionName[]) => void;
  readonly removed: () => void;
  /** Called with each report, sent or not, and when the control plane last received one. */
  readonly composed: (report: StatusReport, lastReceivedAt: number | null) => void;
  readonly clock: Clock;
  /** True: there is nobody to report to any more. */
  readonly silent: () => boolean;
  readonly log: Log;
}

/** What a change is: everything but figures that move by themselves. */
function fingerprint(report: StatusReport): string {
  const { observedAgoMs, resources, handshakes, clockOffsetMs, ...facts } = report;
  return canonicalJson({
    ...facts,
    diskPressure: resources.diskPressure,
    noHandshake: handshakes.filter((h) => h.ageSeconds === null).length,
  });
}

export class Heartbeat {
  private readonly parts: HeartbeatParts;
  private inFlight: Promise<void> | null = null;
  private again = false;
  private lastSent = '';
  private failures = 0;
  private lastReceivedAt: number | null = null;

  constructor(parts: HeartbeatParts) {
    this.parts = parts;
  }

  start(signal: AbortSignal): void {
    const timer = this.parts.timers.every(EVERY_MS, () => this.beat());
    signal.addEventListener('abort', () => timer.cancel(), { once: true });
    this.beat();
  }

  /** Reports at once if there is something new to tell. */
  changed(): void {
    if (fingerprint(this.parts.compose()) !== this.lastSent) this.beat();
  }

  /** Until what is known now was received; not waited for while the control plane does not answer. */
  async flush(): Promise<void> {
    this.beat();
    if (this.failures > 0 || this.inFlight === null) return;
    const flight = this.inFlight;
    await withDeadline(this.parts.timers, FLUSH_MS, 'the report', () => flight).catch(() => undefined);
  }

  /** One report in flight at a time; what happens meanwhile is told right after. */
  private beat(): void {
    if (this.parts.silent()) {
      this.parts.composed(this.parts.compose(), this.lastReceivedAt);
      return;
    }
    this.again = true;
    this.inFlight ??= this.send().finally(() => {
      this.inFlight = null;
    });
  }

  private async send(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.sendOne();
    }
  }

  private async sendOne(): Promise<void> {
    const { clock, compose, composed, controlPlane } = this.parts;
    const report = compose();
    try {
      // Before the answer: what changes meanwhile differs from it.
      this.lastSent = fingerprint(report);
      const reported = await controlPlane.report(report);
      this.lastReceivedAt = clock.now();
      composed(report, this.lastReceivedAt);
      this.received(reported);
    } catch (error) {
      this.lastSent = '';
      this.again = false;
      this.failures += 1;
      composed(report, this.lastReceivedAt);
      if (this.failures === 1) this.parts.log.warn(`a report was not received: ${explain(error)}`);
    }
  }

  private received(reported: Reported): void {
    if (this.failures > 0) {
      this.parts.log.info('reports are received again');
      this.parts.recovered();
    }
    this.failures = 0;
    if (reported.kind === 'removed') this.parts.removed();
    else if (reported.answer.resend.length > 0) this.parts.resend(reported.answer.resend);
  }
}
