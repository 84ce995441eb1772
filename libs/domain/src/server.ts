/**
 * A server: one machine of the fleet.
 *
 *   created ── registered ──> registered ── admitted ──> takes placements
 *      │                          │  cordoned / uncordoned, drain_requested (ends with uncordoned)
 *      └──── removal_requested ───┴──> removing ── its replicas are gone (or force) ──> removed
 */
import type { Recorded } from './events.ts';
import { idOf } from './ids.ts';
import type { RegistrationTokenEvent, ServerEvent } from './server-events.ts';
import type { RegistrationTokenState, Server } from './state.ts';

function created(event: Recorded<Extract<ServerEvent, { type: 'server.created' }>>): Server {
  return {
    id: idOf(event.stream),
    name: event.data.name,
    role: event.data.role,
    labels: event.data.labels,
    createdAt: event.at,
    version: event.version,
    registration: null,
    endpoints: [],
    peerPosition: 0,
    admitted: false,
    offlineAt: null,
    cordoned: false,
    draining: false,
    removing: null,
    removed: false,
    lastAddress: 1,
  };
}

function change(state: Server, event: Recorded<Exclude<ServerEvent, { type: 'server.created' }>>): Partial<Server> {
  switch (event.type) {
    case 'server.registered': {
      const { subnetId, keys, host, secretVersion, endpoints } = event.data;
      const sameTunnel = state.registration?.keys.wireguardPublicKey === keys.wireguardPublicKey;
      return {
        registration: { subnetId, keys, host, secretVersion, position: event.position },
        endpoints,
        peerPosition: event.position,
        admitted: state.admitted && sameTunnel,
      };
    }
    case 'server.changed':
      return { name: event.data.name, labels: event.data.labels };
    case 'server.endpoints_changed':
      return { endpoints: event.data.endpoints, peerPosition: event.position };
    case 'server.admitted':
      return { admitted: true };
    case 'server.went_offline':
      return { offlineAt: event.at };
    case 'server.came_online':
      return { offlineAt: null };
    case 'server.cordoned':
      return { cordoned: true };
    case 'server.uncordoned':
      return { cordoned: false, draining: false };
    case 'server.drain_requested':
      return { cordoned: true, draining: true };
    case 'server.removal_requested':
      return { cordoned: true, draining: true, removing: { force: event.data.force } };
    case 'server.removed':
      return { removed: true, admitted: false, removing: { force: event.data.force } };
  }
}

/** A removed server stays, so that its agent can be told so for good. */
export function evolveServer(state: Server | undefined, event: Recorded<ServerEvent>): Server | null {
  if (event.type === 'server.created') return created(event);
  return state === undefined ? null : { ...state, ...change(state, event), version: event.version };
}

export function evolveToken(
  state: RegistrationTokenState | undefined,
  event: Recorded<RegistrationTokenEvent>,
): RegistrationTokenState | null {
  switch (event.type) {
    case 'registration_token.issued':
      return { id: idOf(event.stream), ...event.data, usedWith: null, revoked: false, version: event.version };
    case 'registration_token.used':
      return state === undefined ? null : { ...state, usedWith: event.data.keys, version: event.version };
    case 'registration_token.revoked':
      return state === undefined ? null : { ...state, revoked: true, version: event.version };
  }
}
