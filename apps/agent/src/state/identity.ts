/** Who this server is: its keys, made before anything is sent, and what the control plane gave it. */
import { ed25519KeyPair, type KeyPair, x25519KeyPair } from '@techulus/keys';
import { KEY_PATTERN } from '@techulus/contract';
import { objectOfSchema } from './state-file.ts';

export interface ServerKeys {
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
  readonly wireguard: KeyPair;
}

export interface Membership {
  readonly serverId: string;
  readonly name: string;
  readonly subnetId: number;
  readonly isProxy: boolean;
  /** The HMAC secret; null once it was lost: the signing key recovers it. */
  readonly secret: string | null;
  readonly controlPlaneKey: string;
  readonly controlPlanes: readonly string[];
}

export interface Identity {
  readonly schema: 1;
  readonly keys: ServerKeys;
  /** Null until registered. */
  readonly membership: Membership | null;
}

export function newIdentity(): Identity {
  const keys = { signing: ed25519KeyPair(), sealing: x25519KeyPair(), wireguard: x25519KeyPair() };
  return { schema: 1, keys, membership: null };
}

function isKeyPair(value: unknown): value is KeyPair {
  const pair = value as Partial<KeyPair> | null;
  return KEY_PATTERN.test(String(pair?.publicKey)) && KEY_PATTERN.test(String(pair?.privateKey));
}

function isMembership(value: unknown): value is Membership {
  const m = value as Partial<Membership> | null;
  return (
    typeof m?.serverId === 'string' &&
    typeof m.name === 'string' &&
    Number.isInteger(m.subnetId) &&
    typeof m.isProxy === 'boolean' &&
    (m.secret === null || typeof m.secret === 'string') &&
    KEY_PATTERN.test(String(m.controlPlaneKey)) &&
    Array.isArray(m.controlPlanes)
  );
}

export function parseIdentity(value: unknown): Identity {
  const object = objectOfSchema(value, 1);
  const keys = object['keys'] as Partial<ServerKeys> | undefined;
  if (!isKeyPair(keys?.signing) || !isKeyPair(keys?.sealing) || !isKeyPair(keys?.wireguard)) {
    throw new Error('a key is missing or broken');
  }
  const membership = object['membership'] ?? null;
  if (membership !== null && !isMembership(membership)) throw new Error('what the control plane gave is incomplete');
  const { signing, sealing, wireguard } = keys;
  return { schema: 1, keys: { signing, sealing, wireguard }, membership };
}

/** /etc/techulus/agent.json: what an operator may change. */
export interface AgentConfig {
  readonly controlPlanes: readonly string[];
  /** Of the control plane's key, from the registration token; null before. */
  readonly fingerprint: string | null;
  readonly isProxy: boolean;
  /** Where others on the internet reach this server, if it cannot be seen from here. */
  readonly publicAddress: string | null;
}

export function parseAgentConfig(value: unknown): AgentConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is not a JSON object');
  const { controlPlanes, fingerprint, isProxy, publicAddress } = value as Record<string, unknown>;
  if (
    !Array.isArray(controlPlanes) ||
    controlPlanes.length === 0 ||
    !controlPlanes.every((url) => URL.canParse(String(url)))
  ) {
    throw new Error('`controlPlanes` must be a list of URLs');
  }
  return {
    controlPlanes: controlPlanes.map(String),
    fingerprint: typeof fingerprint === 'string' ? fingerprint : null,
    isProxy: isProxy === true,
    publicAddress: typeof publicAddress === 'string' ? publicAddress : null,
  };
}
