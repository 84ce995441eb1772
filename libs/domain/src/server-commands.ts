import { freeSubnetId, SUBNET_IDS } from './addressing.ts';
import { type Draft, emit } from './draft.ts';
import type { ServerId } from './ids.ts';
import { fail } from './deployment-orders.ts';
import { isActive } from './deployment.ts';
import { deploymentsOn } from './records.ts';
import { notFound, Refused } from './refused.ts';
import type { HostFacts, ServerKeys, ServerRole } from './server-events.ts';
import { endServer } from './server-policy.ts';
import type { ClusterState, Deployment, RegistrationTokenState, Server } from './state.ts';

export function requireServer(cluster: ClusterState, id: ServerId): Server {
  const server = cluster.servers.get(id);
  if (server === undefined || server.removed) throw notFound('server', id);
  return server;
}

function refuseTakenName(cluster: ClusterState, name: string): void {
  for (const server of cluster.servers.values()) {
    if (server.name === name && !server.removed)
      throw new Refused('conflict', 'name_taken', `there is a server named ${name} already`, 'name');
  }
}

export function createServer(
  draft: Draft,
  command: { name: string; role: ServerRole; labels: Record<string, string> },
): ServerId {
  refuseTakenName(draft.cluster, command.name);
  const id = draft.newId();
  emit(draft, 'server', id, { type: 'server.created', data: command });
  draft.claims.push({ kind: 'server_name', key: command.name, stream: `server/${id}` });
  return id;
}

/** A single-use token for a server's first contact, or to re-register a reinstalled machine in its place. */
export function issueToken(
  draft: Draft,
  command: { serverId: ServerId; tokenId: string; hash: string; expiresAt: number },
): void {
  const { serverId, tokenId, hash, expiresAt } = command;
  requireServer(draft.cluster, serverId);
  for (const token of draft.cluster.tokens.values()) {
    if (token.serverId !== serverId || token.usedWith !== null || token.revoked) continue;
    emit(draft, 'registration_token', token.id, { type: 'registration_token.revoked', data: {} });
  }
  emit(draft, 'registration_token', tokenId, {
    type: 'registration_token.issued',
    data: { serverId, hash, expiresAt },
  });
}

export function changeServer(
  draft: Draft,
  command: { id: ServerId; name?: string; labels?: Record<string, string> },
): void {
  const server = requireServer(draft.cluster, command.id);
  const name = command.name ?? server.name;
  const labels = command.labels ?? server.labels;
  if (name === server.name && JSON.stringify(labels) === JSON.stringify(server.labels)) return;
  if (name !== server.name) {
    refuseTakenName(draft.cluster, name);
    draft.releases.push({ kind: 'server_name', key: server.name });
    draft.claims.push({ kind: 'server_name', key: name, stream: `server/${server.id}` });
  }
  emit(draft, 'server', server.id, { type: 'server.changed', data: { name, labels } });
}

export function cordonServer(draft: Draft, command: { id: ServerId }): void {
  const server = requireServer(draft.cluster, command.id);
  if (!server.cordoned) emit(draft, 'server', server.id, { type: 'server.cordoned', data: {} });
}

export function uncordonServer(draft: Draft, command: { id: ServerId }): void {
  const server = requireServer(draft.cluster, command.id);
  if (server.removing !== null)
    throw new Refused(
      'conflict',
      'server_removing',
      `server ${server.name} is being removed; that cannot be taken back`,
    );
  if (server.cordoned) emit(draft, 'server', server.id, { type: 'server.uncordoned', data: {} });
}

export function drainServer(draft: Draft, command: { id: ServerId }): void {
  const server = requireServer(draft.cluster, command.id);
  if (!server.draining) emit(draft, 'server', server.id, { type: 'server.drain_requested', data: {} });
}

function forceOff(draft: Draft, deployment: Deployment, server: Server): void {
  const failure = {
    cause: 'server_removed',
    message: `server ${server.name} was removed by force`,
    exitCode: null,
    lastLogLines: [],
  };
  if (isActive(deployment) && deployment.stage !== 'running') fail(draft, deployment, failure);
  emit(draft, 'deployment', deployment.id, { type: 'deployment.removed', data: { observed: false } });
}

/** Drains and then removes it; by force at once, and what ran there counts as gone. */
export function removeServer(draft: Draft, command: { id: ServerId; force: boolean }): void {
  const server = requireServer(draft.cluster, command.id);
  const { force } = command;
  if (server.removing === null || (force && !server.removing.force)) {
    emit(draft, 'server', server.id, { type: 'server.removal_requested', data: { force } });
  }
  if (!force) return;
  for (const deployment of deploymentsOn(draft.cluster, server.id))
    if (!deployment.removed) forceOff(draft, deployment, server);
  endServer(draft, requireServer(draft.cluster, server.id), true);
}

export interface Registration {
  readonly tokenId: string;
  readonly secretHash: string;
  readonly keys: ServerKeys;
  readonly isProxy: boolean;
  readonly endpoints: string[];
  readonly host: HostFacts;
}

function sameKeys(a: ServerKeys, b: ServerKeys): boolean {
  return (
    a.wireguardPublicKey === b.wireguardPublicKey && a.signingKey === b.signingKey && a.sealingKey === b.sealingKey
  );
}

function requireToken(draft: Draft, registration: Registration): RegistrationTokenState {
  const token = draft.cluster.tokens.get(registration.tokenId);
  if (token === undefined || token.hash !== registration.secretHash || token.revoked) {
    throw new Refused(
      'forbidden',
      'token_invalid',
      'this registration token is not valid; make a new one for the server',
    );
  }
  return token;
}

function refuseMismatch(draft: Draft, server: Server, registration: Registration): void {
  const asked: ServerRole = registration.isProxy ? 'proxy' : 'worker';
  if (asked !== server.role) {
    const hint = server.role === 'proxy' ? 'add --proxy' : 'leave out --proxy';
    throw new Refused('conflict', 'role_mismatch', `server ${server.name} was created as a ${server.role}; ${hint}`);
  }
  const key = registration.keys.wireguardPublicKey;
  for (const other of draft.cluster.servers.values()) {
    if (other.id === server.id || other.removed || other.registration?.keys.wireguardPublicKey !== key) continue;
    throw new Refused(
      'conflict',
      'key_taken',
      `server ${other.name} has this WireGuard key; was its disk copied? Remove the agent's state directory and register again`,
    );
  }
}

function subnetFor(draft: Draft, server: Server): number {
  if (server.registration !== null) return server.registration.subnetId;
  const others = [...draft.cluster.servers.values()].filter(
    (other) => !other.removed || hasHeldAddress(draft, other.id),
  );
  const id = freeSubnetId(new Set(others.flatMap((other) => other.registration?.subnetId ?? [])));
  if (id === null)
    throw new Refused(
      'conflict',
      'subnets_exhausted',
      `all ${SUBNET_IDS.last} subnets are held by servers; remove one first`,
    );
  draft.claims.push({ kind: 'subnet', key: String(id), stream: `server/${server.id}` });
  return id;
}

/** An address of a removed server that some server may still route to: its subnet rests. */
function hasHeldAddress(draft: Draft, serverId: ServerId): boolean {
  return deploymentsOn(draft.cluster, serverId).length > 0;
}

export interface Registered {
  readonly serverId: ServerId;
  readonly subnetId: number;
  readonly secretVersion: number;
  /** `again`: the same token with the same keys; the same identity is answered and nothing changed. */
  readonly outcome: 'joined' | 'again' | 'rejoined';
}

export function registerServer(draft: Draft, registration: Registration): Registered {
  const token = requireToken(draft, registration);
  const server = requireServer(draft.cluster, token.serverId);
  const known = server.registration;
  if (token.usedWith !== null) {
    if (!sameKeys(token.usedWith, registration.keys) || known === null || !sameKeys(known.keys, registration.keys)) {
      throw new Refused(
        'conflict',
        'token_used',
        'this registration token was used with other keys; make a new one for the server',
      );
    }
    return { serverId: server.id, subnetId: known.subnetId, secretVersion: known.secretVersion, outcome: 'again' };
  }
  if (draft.now > token.expiresAt)
    throw new Refused(
      'forbidden',
      'token_expired',
      'this registration token has expired; make a new one for the server',
    );
  refuseMismatch(draft, server, registration);
  const subnetId = subnetFor(draft, server);
  const secretVersion = (known?.secretVersion ?? 0) + 1;
  const { keys, endpoints, host } = registration;
  emit(draft, 'registration_token', token.id, { type: 'registration_token.used', data: { keys } });
  emit(draft, 'server', server.id, {
    type: 'server.registered',
    data: { subnetId, keys, endpoints, host, secretVersion },
  });
  claimKey(draft, server, keys.wireguardPublicKey);
  return { serverId: server.id, subnetId, secretVersion, outcome: known === null ? 'joined' : 'rejoined' };
}

function claimKey(draft: Draft, server: Server, key: string): void {
  const former = server.registration?.keys.wireguardPublicKey;
  if (former === key) return;
  if (former !== undefined) draft.releases.push({ kind: 'wireguard_key', key: former });
  draft.claims.push({ kind: 'wireguard_key', key, stream: `server/${server.id}` });
}
