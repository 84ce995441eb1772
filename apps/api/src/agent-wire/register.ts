/**
 * `POST /api/v1/agent/register`: a machine becomes a server. Its signature proves that it holds the signing key it names;
 * the answer is signed by the control plane's key, whose fingerprint the token carries, so plain HTTP is safe. There is no
 * time window: the same keys get the same identity whenever they ask, so a replay reveals nothing, and a machine whose
 * clock is wrong can join and be told the time.
 */
import {
  parseMessage,
  parseRegistrationToken,
  type RegistrationAnswer,
  RegistrationRequest,
  requestToSign,
} from '@techulus/contract';
import { type ClusterState, type Registered, registerServer, type Server, type ServerKeys } from '@techulus/domain';
import type { RowAccess } from '@techulus/event-store';
import { expectedStateOf } from '@techulus/expected-state';
import { seal, sha256Hex, verifyEd25519 } from '@techulus/keys';
import type { Hash, Random } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';
import type { Commands } from '../commands/execute.ts';
import { agentReference, type Ciphertexts } from '../keys/ciphertexts.ts';
import type { ControlPlaneKey } from '../keys/control-plane-key.ts';
import type { Log } from '../log.ts';
import { requireEndpoints } from './endpoints.ts';
import { jsonAnswer, type WireAnswer } from './wire-answer.ts';
import { WireRefused } from './wire-refused.ts';
import { signatureHeaders, type WireRequest } from './wire-request.ts';

export interface RegisterParts {
  readonly live: LiveCluster;
  readonly commands: Commands;
  readonly ciphertexts: Ciphertexts;
  readonly controlPlaneKey: ControlPlaneKey;
  readonly random: Random;
  readonly hash: Hash;
  readonly log: Log;
  readonly controlPlanes: readonly string[];
}

const SECRET_BYTES = 32;

function parseBody(body: Buffer): RegistrationRequest {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new WireRefused(400, 'body_invalid', 'the body is not JSON');
  }
  const message = parseMessage(RegistrationRequest, value, 'strict');
  requireEndpoints('addresses', message.addresses);
  return message;
}

function requireSignature(request: WireRequest, signingKey: string): void {
  const { server, timestamp, nonce, sequence, signature } = signatureHeaders(request);
  const { method, path } = request;
  const text = requestToSign({ server, timestamp, nonce, sequence, method, path, bodyHash: sha256Hex(request.body) });
  if (server === '-' && verifyEd25519(signingKey, text, signature)) return;
  throw new WireRefused(401, 'signature_invalid', 'the signature is not by the signing key that the request names');
}

function keysOf({ wireguardPublicKey, signingKey, sealingKey }: RegistrationRequest): ServerKeys {
  return { wireguardPublicKey, signingKey, sealingKey };
}

export class Register {
  constructor(private readonly parts: RegisterParts) {}

  async answer(request: WireRequest): Promise<WireAnswer> {
    const message = parseBody(request.body);
    requireSignature(request, message.signingKey);
    const serverId =
      message.token === undefined ? await this.recover(message) : await this.join(message, message.token);
    return jsonAnswer(200, await this.registration(serverId));
  }

  private async join(message: RegistrationRequest, text: string): Promise<string> {
    const token = parseRegistrationToken(text);
    if (token === null || token.fingerprint !== this.parts.controlPlaneKey.fingerprint) {
      throw new WireRefused(401, 'token_invalid', 'this is not a registration token of this control plane');
    }
    const registration = {
      tokenId: token.id,
      secretHash: sha256Hex(token.secret),
      keys: keysOf(message),
      isProxy: message.isProxy,
      endpoints: message.addresses,
      host: { ...message.host },
    };
    const { result } = await this.parts.commands.execute(
      (draft) => registerServer(draft, registration),
      { actor: `registration-token/${token.id}`, because: 'a machine registered' },
      (registered, rows) => this.keepSecret(registered, rows),
    );
    const { serverId, outcome } = result;
    this.parts.log.info({ server: serverId, hostname: message.host.hostname, outcome }, 'a machine registered');
    return serverId;
  }

  private async keepSecret({ outcome, serverId, secretVersion }: Registered, rows: RowAccess): Promise<void> {
    if (outcome === 'again') return;
    const { ciphertexts, random } = this.parts;
    const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64');
    await ciphertexts.write(rows, agentReference(serverId, secretVersion), secret);
    if (secretVersion > 1) await ciphertexts.erase(rows, agentReference(serverId, secretVersion - 1));
  }

  /** Whoever holds the server's keys gets its secret again. */
  private async recover(message: RegistrationRequest): Promise<string> {
    const { live } = this.parts;
    await live.catchUpToHead();
    const server = live.state.servers.get(message.serverId ?? '');
    const known = server?.registration?.keys;
    if (server === undefined || known === undefined)
      throw new WireRefused(401, 'server_unknown', 'no such server is registered here');
    const given = keysOf(message);
    const same = known.signingKey === given.signingKey && known.sealingKey === given.sealingKey;
    if (!same)
      throw new WireRefused(401, 'signature_invalid', 'these are not the keys that the server registered with');
    return server.id;
  }

  private async registration(serverId: string): Promise<RegistrationAnswer> {
    const { live, ciphertexts, controlPlaneKey, controlPlanes, hash } = this.parts;
    const { server, registration } = requireMember(live.state, serverId);
    const { wireguard } = expectedStateOf(live.state, serverId, live.epoch, hash);
    const secret = await ciphertexts.read(agentReference(serverId, registration.secretVersion));
    if (secret === undefined)
      throw new Error(`the secret of server ${serverId} is not stored; give it a new registration token`);
    return {
      serverId,
      name: server.name,
      subnetId: registration.subnetId,
      sealedSecret: seal(registration.keys.sealingKey, secret),
      controlPlaneKey: controlPlaneKey.publicKey,
      controlPlanes: [...controlPlanes],
      peers: wireguard.parts,
    };
  }
}

function requireMember(
  cluster: ClusterState,
  id: string,
): { server: Server; registration: NonNullable<Server['registration']> } {
  const server = cluster.servers.get(id);
  if (server?.registration == null) throw new WireRefused(401, 'server_unknown', 'no such server is registered here');
  if (server.removed)
    throw new WireRefused(410, 'server_removed', `server ${server.name} was removed from the cluster`, {
      serverId: id,
    });
  return { server, registration: server.registration };
}
