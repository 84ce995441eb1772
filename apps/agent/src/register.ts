/**
 * `techulus-agent register`: keys are made and safe on disk before anything is sent, so that a lost reply burns nothing;
 * the answer counts only when the key whose fingerprint the token carries has signed it, so that plain HTTP is safe too.
 */
import {
  answerToSign,
  HEADERS,
  parseMessage,
  parseRegistrationToken,
  Problem,
  RegistrationAnswer,
  type RegistrationRequest,
  requestToSign,
} from '@techulus/contract';
import { fingerprint, open, sha256Hex, signEd25519, verifyEd25519 } from '@techulus/keys';
import type { Clock, Random } from '@techulus/ports';
import type { Machine } from './host.ts';
import { explain, type Log } from './log.ts';
import type { Store } from './ports.ts';
import { type AgentConfig, type Identity, type Membership, newIdentity } from './state/identity.ts';
import type { HttpAnswer, Transport } from './wire/transport.ts';

const PATH = '/api/v1/agent/register';
const TIMEOUT_MS = 15_000;

export interface RegisterParts {
  readonly identity: Store<Identity>;
  readonly config: Store<AgentConfig>;
  readonly transport: Transport;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface RegisterOptions {
  readonly token: string | null;
  readonly url: string;
  readonly isProxy: boolean;
}

/** What a person is told, and what to do. */
export class RegistrationFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistrationFailed';
    this.code = code;
  }
}

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  token_invalid:
    'the token is not known; create the server again, or a new token with POST /servers/:id/registration-token',
  token_expired: 'the token has expired; ask for a new one with POST /servers/:id/registration-token',
  token_used: 'the token was used by another machine; ask for a new one with POST /servers/:id/registration-token',
  role_mismatch: 'the server was created with the other role; give --proxy exactly when it was created as a proxy',
};

async function keysFirst(parts: RegisterParts): Promise<Identity> {
  const existing = await parts.identity.load();
  if (existing !== null) return existing;
  const made = newIdentity();
  await parts.identity.save(made);
  return made;
}

interface Asked {
  readonly url: string;
  readonly body: RegistrationRequest;
  /** The fingerprint that the answer's key must have. */
  readonly trusted: string;
}

function refused(answer: HttpAnswer): RegistrationFailed {
  try {
    const problem = parseMessage(Problem, JSON.parse(answer.body), 'tolerant');
    const advice = WHAT_TO_DO[problem.code] ?? problem.detail ?? problem.title;
    return new RegistrationFailed(
      problem.code,
      `the control plane refuses (${answer.status} ${problem.code}): ${advice}`,
    );
  } catch {
    return new RegistrationFailed(
      'not_a_control_plane',
      `no Techulus control plane answers there (HTTP ${answer.status})`,
    );
  }
}

function proven(answer: HttpAnswer, nonce: string, trusted: string): RegistrationAnswer {
  const message = parseMessage(RegistrationAnswer, JSON.parse(answer.body), 'tolerant');
  const text = answerToSign({
    nonce,
    status: answer.status,
    time: Number(answer.headers[HEADERS.time]),
    entityTag: typeof answer.headers.etag === 'string' ? answer.headers.etag : '-',
    bodyHash: sha256Hex(answer.body),
  });
  const signature = String(answer.headers[HEADERS.signature] ?? '');
  if (fingerprint(message.controlPlaneKey) === trusted && verifyEd25519(message.controlPlaneKey, text, signature))
    return message;
  throw new RegistrationFailed(
    'answer_not_trusted',
    'the answer is not signed by the control plane that made the token; is the URL right, or is someone between?',
  );
}

async function ask(
  parts: RegisterParts,
  identity: Identity,
  { url, body, trusted }: Asked,
): Promise<RegistrationAnswer> {
  const target = new URL(PATH, url);
  const text = JSON.stringify(body);
  const request = {
    server: '-',
    timestamp: Math.round(parts.clock.now()),
    nonce: Buffer.from(parts.random.bytes(16)).toString('hex'),
    sequence: 0,
    method: 'POST',
    path: target.pathname,
    bodyHash: sha256Hex(text),
  };
  const headers = {
    [HEADERS.server]: '-',
    [HEADERS.timestamp]: String(request.timestamp),
    [HEADERS.nonce]: request.nonce,
    [HEADERS.sequence]: '0',
    [HEADERS.signature]: signEd25519(identity.keys.signing.privateKey, requestToSign(request)),
  };
  const exchange = { method: 'POST', url: target.href, headers, body: text, timeoutMs: TIMEOUT_MS } as const;
  const answer = await parts.transport(exchange, new AbortController().signal).catch((error: unknown) => {
    const advice = 'is the URL right, and can this machine reach it?';
    throw new RegistrationFailed('unreachable', `${target.origin} cannot be reached (${explain(error)}); ${advice}`);
  });
  if (answer.status !== 200 && answer.status !== 201) throw refused(answer);
  return proven(answer, request.nonce, trusted);
}

function requestBody(
  machine: Machine,
  identity: Identity,
  isProxy: boolean,
  who: { token?: string; serverId?: string },
): RegistrationRequest {
  const { wireguard, signing, sealing } = identity.keys;
  return {
    ...who,
    wireguardPublicKey: wireguard.publicKey,
    signingKey: signing.publicKey,
    sealingKey: sealing.publicKey,
    isProxy,
    addresses: machine.endpoints(),
    host: machine.facts(),
  };
}

function membershipFrom(answer: RegistrationAnswer, identity: Identity, isProxy: boolean): Membership {
  const { serverId, name, subnetId, controlPlaneKey, controlPlanes } = answer;
  const secret = open(identity.keys.sealing, answer.sealedSecret);
  return { serverId, name, subnetId, isProxy, secret, controlPlaneKey, controlPlanes };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof RegistrationFailed && error.code === 'unreachable';
}

/** The token's parts, or what to do. */
function parseToken(token: string | null): { text: string; trusted: string } {
  const parsed = parseRegistrationToken(token ?? '');
  if (token !== null && parsed !== null) return { text: token, trusted: parsed.fingerprint };
  const advice = 'give the registration token in the environment: TECHULUS_TOKEN=tcl_…';
  throw new RegistrationFailed('token_invalid', advice);
}

async function keep(parts: RegisterParts, identity: Identity, joined: Membership, url: string): Promise<void> {
  const { controlPlaneKey, isProxy } = joined;
  const controlPlanes = [...new Set([url, ...joined.controlPlanes])];
  const publicAddress = (await parts.config.load())?.publicAddress ?? null;
  await parts.config.save({ controlPlanes, fingerprint: fingerprint(controlPlaneKey), isProxy, publicAddress });
  await parts.identity.save({ ...identity, membership: joined });
}

/** Joins with a token; one that has joined already, with the same token or none, is left as it is. */
export async function register(parts: RegisterParts, { token, url, isProxy }: RegisterOptions): Promise<Membership> {
  const identity = await keysFirst(parts);
  const { membership } = identity;
  if (membership?.secret != null && token === null) return membership;
  const { text, trusted } = parseToken(token);
  try {
    const answer = await ask(parts, identity, {
      url,
      trusted,
      body: requestBody(parts.machine, identity, isProxy, { token: text }),
    });
    const joined = membershipFrom(answer, identity, isProxy);
    await keep(parts, identity, joined, url);
    return joined;
  } catch (error) {
    // Run again on a machine that has joined this control plane: nothing to do, also while it is away.
    const same = membership !== null && fingerprint(membership.controlPlaneKey) === trusted;
    if (same && isUnreachable(error)) return membership;
    throw error;
  }
}

/** A secret that was lost comes back to whoever holds the signing key. */
export async function recoverSecret(
  parts: RegisterParts,
  identity: Identity,
  urls: readonly string[],
): Promise<Membership> {
  const { membership } = identity;
  if (membership === null) throw new RegistrationFailed('not_registered', 'this machine has not joined a cluster yet');
  const body = requestBody(parts.machine, identity, membership.isProxy, { serverId: membership.serverId });
  const trusted = fingerprint(membership.controlPlaneKey);
  let failure: unknown = new RegistrationFailed('unreachable', 'no URL of the control plane is known');
  for (const url of urls) {
    try {
      const answer = await ask(parts, identity, { url, body, trusted });
      const recovered = membershipFrom(answer, identity, membership.isProxy);
      await parts.identity.save({ ...identity, membership: recovered });
      return recovered;
    } catch (error) {
      failure = error;
      parts.log.warn(`recovering the secret: ${explain(error)}`);
    }
  }
  throw failure;
}
