/**
 * `POST /api/v1/agent/status`, in one transaction: the presence row, and what the facts in the report decide. A report
 * that says nothing new costs one statement and appends nothing.
 */
import {
  compareGenerations,
  parseMessage,
  SECTIONS,
  type SectionName,
  type StatusAnswer,
  StatusReport,
} from '@techulus/contract';
import {
  type Decision,
  decisionOf,
  type Draft,
  type Facts,
  glance,
  isInMotion,
  noteReport,
  openDraft,
  type ServerReport,
  settle,
} from '@techulus/domain';
import type { EventStore, RowAccess } from '@techulus/event-store';
import { generationsOf } from '@techulus/expected-state';
import type { Clock, Random, Timers } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import { commitOf, isEmpty } from '../commands/execute.ts';
import { retried } from '../commands/retry.ts';
import type { Log } from '../log.ts';
import type { Hearing } from '../presence/hearing.ts';
import {
  PRESENCE_ROWS,
  presenceOf,
  type PresenceRow,
  presenceRow,
  presencesOf,
  readPresence,
} from '../presence/presence.ts';
import type { Caller } from './authenticate.ts';
import { requireEndpoints } from './endpoints.ts';
import type { SectionHashes } from './section-hashes.ts';
import { jsonAnswer, type WireAnswer } from './wire-answer.ts';
import { WireRefused } from './wire-refused.ts';
import type { WireRequest } from './wire-request.ts';

export interface ReportParts {
  readonly live: LiveCluster;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly hashes: SectionHashes;
  readonly hearing: Pick<Hearing, 'since' | 'heard'>;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new WireRefused(400, 'body_invalid', 'the body is not JSON');
  }
}

function factsOf(serverId: string, row: PresenceRow): ServerReport {
  const { containers, endpoints, unobserved } = row;
  return { serverId, containers, endpoints, containersObserved: !unobserved.includes('containers') };
}

export class Report {
  private readonly unknown = new Map<string, string>();

  constructor(private readonly parts: ReportParts) {}

  async answer(caller: Caller, request: WireRequest): Promise<WireAnswer> {
    // A newer agent may say more than this release knows; what it says wrongly is refused.
    const report = parseMessage(StatusReport, parseJson(request.body), 'tolerant');
    requireEndpoints('endpoints', report.endpoints);
    this.parts.live.requireReady();
    const unknown = await retried(this.parts, () => this.note(caller, report));
    this.parts.hearing.heard(caller.server.id);
    this.noteUnknown(caller.server.id, unknown);
    const answer: StatusAnswer = { resend: this.sectionsToResend(caller, report) };
    return jsonAnswer(200, answer);
  }

  /** The ids of deployments that nobody knows. */
  private async note(caller: Caller, report: StatusReport): Promise<readonly string[]> {
    const { store, live, clock } = this.parts;
    const { id } = caller.server;
    const value = presenceRow(report, caller.headers.sequence, clock.now());
    const quiet = this.saysNothing(id, value);
    const written = quiet && (await store.putRising({ kind: PRESENCE_ROWS, key: id, value, rises: 'sequence' }));
    if (quiet && written === true) return quiet.unknown;
    const { result, committed } = await store.transact(async (tx) => {
      const previous = await tx.rows.getForUpdate<PresenceRow>(PRESENCE_ROWS, id);
      this.requireRisen(caller, previous);
      const row = presenceRow(report, caller.headers.sequence, clock.now());
      await tx.rows.put(PRESENCE_ROWS, id, row);
      const { unknown, decision } = await this.decide(id, row, tx.rows);
      if (!isEmpty(decision)) tx.commit(commitOf(decision, { actor: `server/${id}`, because: 'status report' }));
      return unknown;
    });
    if (committed.events.length > 0) await live.caughtUp(committed.position);
    return result;
  }

  /** Said when it changes: a report comes every five seconds. */
  private noteUnknown(server: string, deployments: readonly string[]): void {
    const text = deployments.toSorted().join();
    if (text === (this.unknown.get(server) ?? '')) return;
    this.unknown.set(server, text);
    this.parts.log.warn({ server, deployments }, 'the deployments a server reports that the log does not know');
  }

  private requireRisen({ headers, server }: Caller, previous: PresenceRow | undefined): void {
    const highest = previous?.sequence ?? 0;
    if (headers.sequence > highest) return;
    const detail = `a report of ${server.name} with sequence ${highest} was taken already`;
    throw new WireRefused(409, 'sequence_replayed', detail, { highestSequence: highest });
  }

  /** The others' presence is read only when something may move on. Facts are levels: they are looked at in every report. */
  private async decide(
    id: string,
    row: PresenceRow,
    rows: RowAccess,
  ): Promise<{ unknown: readonly string[]; decision: Decision }> {
    const quiet = this.saysNothing(id, row);
    if (quiet) return { unknown: quiet.unknown, decision: decisionOf(this.openDraft(new Map())) };
    const presence = presencesOf(await readPresence(rows), this.parts.hearing.since);
    const draft = this.openDraft(presence);
    const noted = noteReport(draft, factsOf(id, row));
    settle(draft);
    return { unknown: noted.unknown, decision: decisionOf(draft) };
  }

  /** Undefined: something follows from it, or may. */
  private saysNothing(id: string, row: PresenceRow): { unknown: readonly string[] } | undefined {
    if (isInMotion(this.parts.live.state)) return undefined;
    const facts = this.facts(new Map([[id, presenceOf(row)]]));
    return glance(this.parts.live.state, facts, (draft) => noteReport(draft, factsOf(id, row)));
  }

  private openDraft(presence: Facts['presence']): Draft {
    return openDraft(this.parts.live.state, this.facts(presence));
  }

  private facts(presence: Facts['presence']): Facts {
    const { live, clock, random } = this.parts;
    return { now: clock.now(), epoch: live.epoch, newId: () => random.id(), presence };
  }

  /** A hash that differs at the section's present generation is an alarm: the server did not end up where it was led. */
  private sectionsToResend({ server }: Caller, report: StatusReport): SectionName[] {
    const { live, hashes, log } = this.parts;
    if (live.state.servers.get(server.id)?.removed !== false) return [];
    const present = generationsOf(live.state, server.id, live.epoch);
    const differing = SECTIONS.filter((section) => {
      const ack = report.sections[section];
      if (ack == null || compareGenerations(ack.generation, present[section]) !== 0) return false;
      return hashes.of(server.id)[section] !== ack.hash;
    });
    if (differing.length > 0)
      log.error(
        { server: server.id, sections: differing },
        'a server applied something else than it was sent; it is sent the whole',
      );
    return differing;
  }
}
