/**
 * What a server last reported: one mutable row a server, written in the report's own transaction and shared by all API
 * processes. The row is the authority; nothing of it is kept in memory.
 */
import {
  type ActionReport,
  type ContainerReport,
  type Generation,
  type Handshake,
  type HostResources,
  type SectionName,
  SECTIONS,
  type StatusReport,
  type Versions,
} from '@techulus/contract';
import type { Presence, ServerId } from '@techulus/domain';
import type { RowReader } from '@techulus/event-store';

export const PRESENCE_ROWS = 'presence';

export interface AckRow extends Generation {
  hash: string;
}

export interface PresenceRow {
  /** By the database's clock. */
  seenAt: number;
  /** The highest sequence of a POST: what a replayed one does not exceed. */
  sequence: number;
  acks: Partial<Record<SectionName, AckRow>>;
  agentState: StatusReport['agentState'];
  unobserved: SectionName[];
  /** When the containers were observed. */
  observedAt: number;
  containers: ContainerReport[];
  action: ActionReport | null;
  deferred: ActionReport[];
  resources: HostResources;
  podmanAnswers: boolean;
  publicAddress: string | null;
  endpoints: string[];
  handshakes: Handshake[];
  versions: Versions;
  clockOffsetMs: number;
}

export function presenceRow(report: StatusReport, sequence: number, now: number): PresenceRow {
  const acks: Partial<Record<SectionName, AckRow>> = {};
  for (const [section, ack] of Object.entries(report.sections) as [SectionName, PresenceAck | undefined][]) {
    if (ack !== undefined && ack !== null) acks[section] = { ...ack.generation, hash: ack.hash };
  }
  return {
    seenAt: now,
    sequence,
    acks,
    agentState: report.agentState,
    unobserved: report.unobserved,
    observedAt: now - report.observedAgoMs,
    containers: report.containers.map(complete),
    action: report.action ?? null,
    deferred: report.deferred,
    resources: report.resources,
    podmanAnswers: report.podmanAnswers,
    publicAddress: report.publicAddress ?? null,
    endpoints: report.endpoints,
    handshakes: report.handshakes,
    versions: report.versions,
    clockOffsetMs: report.clockOffsetMs,
  };
}

/** A field that was left out is null from here on. */
function complete(container: ContainerReport): ContainerReport {
  const { containerId, digest, startedAt, exitCode, reason, message, connections, pullPercent } = container;
  return {
    ...container,
    containerId: containerId ?? null,
    digest: digest ?? null,
    startedAt: startedAt ?? null,
    exitCode: exitCode ?? null,
    reason: reason ?? null,
    message: message ?? null,
    connections: connections ?? null,
    pullPercent: pullPercent ?? null,
  };
}

/**
 * Of a report from before a restore only that the server was heard, and its sequence: it was about another log. So one that
 * never comes back falls silent like any other, and an old report is still refused.
 */
export function heardOnly(row: PresenceRow): PresenceRow {
  const nothing = { acks: {}, containers: [], action: null, deferred: [], handshakes: [] };
  return { ...row, ...nothing, unobserved: [...SECTIONS], podmanAnswers: false };
}

type PresenceAck = NonNullable<StatusReport['sections']['dns']>;

/** The part that decisions read. */
export function presenceOf(row: PresenceRow): Presence {
  const troubled = row.containers.filter(({ message, reason }) => (message ?? reason ?? null) !== null);
  return {
    seenAt: row.seenAt,
    acks: row.acks,
    podmanAnswers: row.podmanAnswers,
    diskPressure: row.resources.diskPressure,
    containersObserved: !row.unobserved.includes('containers'),
    connections: Object.fromEntries(
      row.containers.map(({ deploymentId, connections }) => [deploymentId, connections ?? null]),
    ),
    problems: Object.fromEntries(
      troubled.map(({ deploymentId, reason, message, lastLogLines }) => [
        deploymentId,
        { reason: reason ?? 'unhealthy', message: message ?? '', lastLogLines },
      ]),
    ),
  };
}

export async function readPresence(rows: RowReader): Promise<Map<ServerId, PresenceRow>> {
  const all = await rows.list<PresenceRow>(PRESENCE_ROWS);
  return new Map(all.map(({ key, value }) => [key, value]));
}

/** For decisions: nobody counts as silent for longer than the control plane could hear (hearing.ts). */
export function presencesOf(rows: ReadonlyMap<ServerId, PresenceRow>, heardSince = 0): Map<ServerId, Presence> {
  return new Map([...rows].map(([id, row]) => [id, { ...presenceOf(row), seenAt: Math.max(row.seenAt, heardSince) }]));
}

/** Whether a server counts as online: it was heard of within the cluster's `offlineAfterMs`. */
export function isOnline(row: PresenceRow | undefined, now: number, offlineAfterMs: number): boolean {
  return row !== undefined && now - row.seenAt < offlineAfterMs;
}
