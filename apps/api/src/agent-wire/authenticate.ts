/**
 * Who asks, proven by the server's secret over everything that matters of the request. What is refused before the proof
 * is refused unsigned; what comes after it (a stale clock, a removed server) is told signed, so that the agent may act on it.
 */
import { requestToSign, TIMESTAMP_WINDOW_MS } from '@techulus/contract';
import type { ClusterState, Server } from '@techulus/domain';
import { equalText, hmacSha256, sha256Hex } from '@techulus/keys';
import type { SignatureHeaders, WireRequest } from './wire-request.ts';
import { signatureHeaders } from './wire-request.ts';
import { WireRefused } from './wire-refused.ts';

export interface Caller {
  readonly server: Server;
  readonly secret: string;
  readonly headers: SignatureHeaders;
}

export interface AuthenticateParts {
  readonly cluster: ClusterState;
  /** Folds up to the log's head: the server may have registered at another process a moment ago. */
  catchUp(): Promise<void>;
  /** At once where it is known. */
  secretOf(serverId: string, version: number): string | undefined | Promise<string | undefined>;
}

async function newlyRegistered(parts: AuthenticateParts, id: string): Promise<Server> {
  await parts.catchUp();
  const server = parts.cluster.servers.get(id);
  if (server?.registration == null) throw new WireRefused(401, 'server_unknown', `no server ${id} is registered here`);
  return server;
}

const NO_BODY_HASH = sha256Hex('');

function isSigned(secret: string, headers: SignatureHeaders, request: WireRequest): boolean {
  const { server, timestamp, nonce, sequence, signature } = headers;
  const text = requestToSign({
    server,
    timestamp,
    nonce,
    sequence,
    method: request.method,
    path: request.path,
    bodyHash: request.body.length === 0 ? NO_BODY_HASH : sha256Hex(request.body),
  });
  return equalText(signature, hmacSha256(secret, text));
}

/** The caller where nothing has to be waited for to prove it; `identify` says why when it is not one. */
export function knownCaller(parts: AuthenticateParts, request: WireRequest): Caller | undefined {
  const headers = signatureHeaders(request);
  const server = parts.cluster.servers.get(headers.server);
  if (server?.registration == null) return undefined;
  const secret = parts.secretOf(server.id, server.registration.secretVersion);
  if (typeof secret !== 'string' || !isSigned(secret, headers, request)) return undefined;
  return { server, secret, headers };
}

/** The caller, or an unsigned refusal. */
export async function identify(parts: AuthenticateParts, request: WireRequest): Promise<Caller> {
  const headers = signatureHeaders(request);
  const known = parts.cluster.servers.get(headers.server);
  const server = known?.registration != null ? known : await newlyRegistered(parts, headers.server);
  const asked = parts.secretOf(server.id, server.registration?.secretVersion ?? 0);
  const secret = asked instanceof Promise ? await asked : asked;
  if (secret === undefined || !isSigned(secret, headers, request)) {
    throw new WireRefused(401, 'signature_invalid', 'the signature does not fit the request');
  }
  return { server, secret, headers };
}

/** What a proven caller may still be told instead of an answer. */
export function requireCurrent({ server, headers }: Caller, now: number): void {
  if (Math.abs(now - headers.timestamp) > TIMESTAMP_WINDOW_MS) {
    const detail = `the request's timestamp is ${now - headers.timestamp} ms from the control plane's time`;
    throw new WireRefused(401, 'timestamp_stale', detail, { serverTime: now });
  }
  if (server.removed) {
    throw new WireRefused(410, 'server_removed', `server ${server.name} was removed from the cluster`, {
      serverId: server.id,
    });
  }
}
