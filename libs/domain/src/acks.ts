import type { Evidence } from './deployment-events.ts';
import type { Facts, Section } from './draft.ts';
import type { ServerId } from './ids.ts';
import type { ClusterState, Server } from './state.ts';

/** What a rule about acknowledgements reads; a draft is one. */
export type View = Facts & { readonly cluster: ClusterState };

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
export function missingAcks(view: View, waitsFor: readonly ServerId[], section: Section, position: number): ServerId[] {
  return waitsFor.filter((id) => {
    const server = view.cluster.servers.get(id);
    return server !== undefined && isMember(server) && !hasAcked(view, id, section, position);
  });
}

/** Called offline, or never heard. Silence alone is not enough: many that fall silent together are cut off, not dead. */
function isWaived(view: View, id: ServerId): boolean {
  return view.cluster.servers.get(id)?.offlineAt !== null || !view.presence.has(id);
}

/** All acknowledged; or the only ones missing are offline, which are waived once every other has. */
export function allAcked(view: View, waitsFor: readonly ServerId[], section: Section, position: number): boolean {
  return missingAcks(view, waitsFor, section, position).every((id) => isWaived(view, id));
}

/** What each server of the set had acknowledged: copied into the event that relied on it. */
export function evidence(view: View, waitsFor: readonly ServerId[], section: Section): Evidence {
  return Object.fromEntries(waitsFor.map((id) => [id, view.presence.get(id)?.acks[section]?.position ?? 0]));
}
