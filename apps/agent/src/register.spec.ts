import {
  answerToSign,
  formatRegistrationToken,
  HEADERS,
  type RegistrationRequest,
  requestToSign,
} from '@techulus/contract';
import { ed25519KeyPair, fingerprint, type KeyPair, seal, sha256Hex, signEd25519, verifyEd25519 } from '@techulus/keys';
import { systemRandom } from '@techulus/ports';
import { thisMachine } from './host.ts';
import { silentLog } from './log.ts';
import { recoverSecret, register } from './register.ts';
import type { AgentConfig, Identity } from './state/identity.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { VirtualTime } from './testing/virtual-time.ts';
import type { HttpAnswer, HttpRequest } from './wire/transport.ts';

const key = ed25519KeyPair();
const URL = 'http://cp.test:7480';
const token = formatRegistrationToken({ id: 't1', secret: 'x'.repeat(43), fingerprint: fingerprint(key.publicKey) });

function signedBy(pair: KeyPair, request: HttpRequest, status: number, body: string): HttpAnswer {
  const nonce = request.headers[HEADERS.nonce] ?? '';
  const text = answerToSign({ nonce, status, time: 1, entityTag: '-', bodyHash: sha256Hex(body) });
  return { status, headers: { [HEADERS.time]: '1', [HEADERS.signature]: signEd25519(pair.privateKey, text) }, body };
}

function welcome(request: HttpRequest, pair = key): HttpAnswer {
  const { sealingKey } = JSON.parse(request.body) as RegistrationRequest;
  const answer = {
    serverId: 'server-7',
    name: 'web-1',
    subnetId: 7,
    sealedSecret: seal(sealingKey, 'c2VjcmV0'),
    controlPlaneKey: pair.publicKey,
    controlPlanes: ['http://other.test:7480'],
    peers: [],
  };
  return signedBy(pair, request, 200, JSON.stringify(answer));
}

function machine(respond: (request: HttpRequest) => HttpAnswer | Error) {
  const requests: HttpRequest[] = [];
  const identity = new MemoryStore<Identity>();
  const savedBefore: number[] = [];
  const parts = {
    identity,
    config: new MemoryStore<AgentConfig>(),
    clock: new VirtualTime(),
    random: systemRandom,
    log: silentLog,
    machine: thisMachine,
    transport: (request: HttpRequest) => {
      requests.push(request);
      savedBefore.push(identity.saves);
      const answer = respond(request);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { parts, requests, savedBefore };
}

describe('registration', () => {
  it('keeps its keys before it asks, signs with them, opens its secret and remembers where the control plane is', async () => {
    const { parts, requests, savedBefore } = machine(welcome);
    const member = await register(parts, { token, url: URL, isProxy: false });
    expect(member).toMatchObject({ serverId: 'server-7', subnetId: 7, secret: 'c2VjcmV0' });
    expect(savedBefore).toEqual([1]);
    expect(parts.config.value).toMatchObject({
      controlPlanes: [URL, 'http://other.test:7480'],
      fingerprint: fingerprint(key.publicKey),
    });
    const [{ headers, body }] = requests as [HttpRequest];
    const { signingKey } = JSON.parse(body) as RegistrationRequest;
    const text = requestToSign({
      server: '-',
      timestamp: Number(headers[HEADERS.timestamp]),
      nonce: headers[HEADERS.nonce] ?? '',
      sequence: 0,
      method: 'POST',
      path: '/api/v1/agent/register',
      bodyHash: sha256Hex(body),
    });
    expect(verifyEd25519(signingKey, text, headers[HEADERS.signature] ?? '')).toBe(true);
  });

  it('uses the same keys when a reply was lost', async () => {
    let lost = true;
    const { parts, requests } = machine((request) => (lost ? new Error('ECONNRESET') : welcome(request)));
    await expect(register(parts, { token, url: URL, isProxy: false })).rejects.toMatchObject({ code: 'unreachable' });
    lost = false;
    await register(parts, { token, url: URL, isProxy: false });
    const keys = requests.map(({ body }) => (JSON.parse(body) as RegistrationRequest).signingKey);
    expect(new Set(keys).size).toBe(1);
  });

  it('believes no answer but that of the key in the token', async () => {
    const stranger = ed25519KeyPair();
    const { parts } = machine((request) => welcome(request, stranger));
    await expect(register(parts, { token, url: URL, isProxy: false })).rejects.toMatchObject({
      code: 'answer_not_trusted',
    });
    expect(parts.identity.value?.membership).toBeNull();
    const forged = machine((request) => ({
      ...welcome(request),
      headers: { [HEADERS.time]: '1', [HEADERS.signature]: 'AAAA' },
    }));
    await expect(register(forged.parts, { token, url: URL, isProxy: false })).rejects.toMatchObject({
      code: 'answer_not_trusted',
    });
  });

  it('says what to do about a refusal', async () => {
    const { parts } = machine(() => ({
      status: 409,
      headers: {},
      body: JSON.stringify({ type: 'about:blank', title: 'used', status: 409, code: 'token_used' }),
    }));
    await expect(register(parts, { token, url: URL, isProxy: false })).rejects.toThrow(
      /POST \/servers\/:id\/registration-token/,
    );
    await expect(register(parts, { token: 'nonsense', url: URL, isProxy: false })).rejects.toMatchObject({
      code: 'token_invalid',
    });
  });

  it('leaves a machine that has joined as it is, also while the control plane is away', async () => {
    let away = false;
    const { parts } = machine((request) => (away ? new Error('ECONNREFUSED') : welcome(request)));
    const member = await register(parts, { token, url: URL, isProxy: false });
    away = true;
    expect(await register(parts, { token: null, url: URL, isProxy: false })).toEqual(member);
    expect(await register(parts, { token, url: URL, isProxy: false })).toEqual(member);
  });

  it('recovers a lost secret with the signing key alone', async () => {
    const { parts, requests } = machine(welcome);
    await register(parts, { token, url: URL, isProxy: false });
    const identity = parts.identity.value!;
    const lost = { ...identity, membership: { ...identity.membership!, secret: null } };
    expect(await recoverSecret(parts, lost, [URL])).toMatchObject({ secret: 'c2VjcmV0' });
    const body = JSON.parse(requests.at(-1)?.body ?? '') as RegistrationRequest;
    expect(body).toMatchObject({ serverId: 'server-7' });
    expect(body.token).toBeUndefined();
  });
});
