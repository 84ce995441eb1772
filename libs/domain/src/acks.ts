import type { Evidence } from './deployment-events.ts';
import type { Draft, Facts, Section } from './draft.ts';
import type { ServerId } from './ids.ts';
import type { ClusterState, Server } from './state.ts';

/** A server that is in the mesh: registered and not removed. */
export function isMember(server: Server): boolean {
  return server.registration !== null && !server.removed;
}

export function members(cluster: ClusterState): Server[] {
  return [...cluster.servers.values()].filter(isMember);
}

export function isOnline(facts: Facts, cluster: ClusterState, id: ServerId): boolean {
  const seen = facts.presence.get(id)?.seenAt;
  return seen !== undefined && facts.now - seen < cluster.settings.offlineAfterMs;
}

/** Whether a server acknowledged a section's generation at or after a position. */
export function hasAcked(facts: Facts, id: ServerId, section: Section, position: number): boolean {
  const ack = facts.presence.get(id)?.acks[section];
  if (ack === undefined) return false;
  return ack.epoch > facts.epoch || (ack.epoch === facts.epoch && ack.position >= position);
}

/** The servers of a frozen set whose acknowledgement is still missing; removed ones no longer count. */
export function missingAcks(
  draft: Draft,
  waitsFor: readonly ServerId[],
  section: Section,
  position: number,
): ServerId[] {
  return waitsFor.filter((id) => {
    const server = draft.cluster.servers.get(id);
    return server !== undefined && isMember(server) && !hasAcked(draft, id, section, position);
  });
}

/** All acknowledged; or the only ones missing are offline, which are waived once every other has. */
export function allAcked(draft: Draft, waitsFor: readonly ServerId[], section: Section, position: number): boolean {
  return missingAcks(draft, waitsFor, section, position).every((id) => !isOnline(draft, draft.cluster, id));
}

/** What each server of the set had acknowledged: copied into the event that relied on it. */
export function evidence(draft: Draft, waitsFor: readonly ServerId[], section: Section): Evidence {
  return Object.fromEntries(waitsFor.map((id) => [id, draft.presence.get(id)?.acks[section]?.position ?? 0]));
}
