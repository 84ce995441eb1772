/** An agent's side of the wire, without a machine: keys, signatures, and what it holds. */
import {
  answerToSign,
  type ContainerReport,
  type DeploymentPart,
  type ExpectedStateAnswer,
  formatEntityTag,
  type Generations,
  HEADERS,
  parseRegistrationToken,
  type Problem,
  type RegistrationAnswer,
  requestToSign,
  type SectionAcks,
  type SectionName,
  SECTIONS,
  type StatusAnswer,
  type StatusReport,
} from '@techulus/contract';
import {
  ed25519KeyPair,
  equalText,
  fingerprint,
  hmacSha256,
  type KeyPair,
  open,
  sha256Hex,
  signEd25519,
  verifyEd25519,
  x25519KeyPair,
} from '@techulus/keys';
import { systemClock, systemRandom } from '@techulus/ports';

export interface WireReply<T = unknown> {
  status: number;
  body: T;
  etag: string | null;
  signed: boolean;
}

/** What a test may change about a request after (or before) it was signed. */
export interface Tampering {
  timestamp?: number;
  sequence?: number;
  secret?: string;
  server?: string;
  sentPath?: string;
  sentBody?: string;
  omit?: string;
  headers?: Record<string, string>;
  abort?: AbortSignal;
}

export class SimulatedAgent {
  readonly keys = { wireguard: x25519KeyPair(), signing: ed25519KeyPair(), sealing: x25519KeyPair() };
  serverId = '';
  secret = '';
  sequence = 0;
  held: Partial<Generations> = {};
  acks: SectionAcks = {};
  parts = new Map<SectionName, Map<string, { key: string }>>(SECTIONS.map((section) => [section, new Map()]));
  sealed: Record<string, string> = {};

  constructor(
    readonly url: string,
    readonly isProxy = false,
  ) {}

  async register(token: string | undefined, change: object = {}): Promise<WireReply<RegistrationAnswer & Problem>> {
    const body = JSON.stringify({
      ...(token === undefined ? { serverId: this.serverId } : { token }),
      wireguardPublicKey: this.keys.wireguard.publicKey,
      signingKey: this.keys.signing.publicKey,
      sealingKey: this.keys.sealing.publicKey,
      isProxy: this.isProxy,
      addresses: ['192.0.2.1:51820'],
      host: { hostname: 'n', os: 'debian', kernel: '6', architecture: 'x64', cpus: 2, memoryMb: 2048 },
      ...change,
    });
    const nonce = Buffer.from(systemRandom.bytes(16)).toString('hex');
    const path = '/api/v1/agent/register';
    const request = {
      server: '-',
      timestamp: systemClock.now(),
      nonce,
      sequence: 0,
      method: 'POST',
      path,
      bodyHash: sha256Hex(body),
    };
    const headers = this.headers(request, signEd25519(this.keys.signing.privateKey, requestToSign(request)));
    const response = await fetch(this.url + path, { method: 'POST', headers, body });
    const reply = await this.reply<RegistrationAnswer & Problem>(response, nonce, (text, signature) => {
      const key = this.controlPlaneKey;
      return key !== undefined && verifyEd25519(key, text, signature);
    });
    if (reply.status === 200) this.take(reply.body, token);
    return reply;
  }

  controlPlaneKey: string | undefined;

  async poll(wait = 0, tampering: Tampering = {}): Promise<WireReply<ExpectedStateAnswer & Problem>> {
    const reply = await this.request<ExpectedStateAnswer & Problem>('GET', '/api/v1/agent/expected-state', '', {
      ...tampering,
      headers: { 'if-none-match': formatEntityTag(this.held), prefer: `wait=${wait}` },
    });
    if (reply.status === 200) this.apply(reply.body);
    return reply;
  }

  report(change: Partial<StatusReport> = {}, tampering: Tampering = {}): Promise<WireReply<StatusAnswer & Problem>> {
    const report: StatusReport = {
      agentState: 'IDLE',
      sections: this.acks,
      unobserved: [],
      containers: [],
      observedAgoMs: 0,
      action: null,
      deferred: [],
      resources: {
        memoryTotalMb: 2048,
        memoryFreeMb: 1024,
        cpus: 2,
        load1: 0,
        diskTotalMb: 10_000,
        diskFreeMb: 9_000,
        diskPressure: false,
      },
      podmanAnswers: true,
      publicAddress: null,
      endpoints: ['192.0.2.1:51820'],
      handshakes: [],
      versions: { agent: '0.1.0', podman: '5', kernel: '6', os: 'debian' },
      clockOffsetMs: 0,
      ...change,
    };
    return this.request('POST', '/api/v1/agent/status', JSON.stringify(report), tampering);
  }

  /** One pass of a good agent: takes what is new, runs it, reports every container healthy. */
  async pass(): Promise<WireReply<StatusAnswer & Problem>> {
    await this.poll();
    return this.report({
      containers: this.deployments().map((part) => container(part.key, { digest: part.digest ?? null })),
    });
  }

  deployments(): DeploymentPart[] {
    return [...(this.parts.get('containers')?.values() ?? [])] as DeploymentPart[];
  }

  async request<T>(
    method: 'GET' | 'POST',
    path: string,
    body: string,
    tampering: Tampering = {},
  ): Promise<WireReply<T>> {
    const nonce = Buffer.from(systemRandom.bytes(16)).toString('hex');
    if (method === 'POST' && tampering.sequence === undefined) this.sequence += 1;
    const { sentBody = body, sentPath = path, secret = this.secret, abort = null } = tampering;
    const honest = { server: this.serverId, timestamp: systemClock.now(), sequence: this.sequence };
    const request = { ...honest, ...changed(tampering), nonce, method, path, bodyHash: sha256Hex(body) };
    const headers: Record<string, string> = {
      ...tampering.headers,
      ...this.headers(request, hmacSha256(secret, requestToSign(request))),
    };
    if (tampering.omit !== undefined) delete headers[tampering.omit];
    const options = { method, headers, signal: abort, ...(method === 'POST' ? { body: sentBody } : {}) };
    const response = await fetch(this.url + sentPath, options);
    return this.reply(response, nonce, (text, signature) => equalText(signature, hmacSha256(this.secret, text)));
  }

  private headers(
    request: { server: string; timestamp: number; nonce: string; sequence: number },
    signature: string,
  ): Record<string, string> {
    return {
      [HEADERS.server]: request.server,
      [HEADERS.timestamp]: String(request.timestamp),
      [HEADERS.nonce]: request.nonce,
      [HEADERS.sequence]: String(request.sequence),
      [HEADERS.signature]: signature,
    };
  }

  private async reply<T>(
    response: Response,
    nonce: string,
    verify: (text: string, signature: string) => boolean,
  ): Promise<WireReply<T>> {
    const text = await response.text();
    const body = (text === '' ? {} : JSON.parse(text)) as T;
    const key = (body as Partial<RegistrationAnswer>).controlPlaneKey;
    if (key !== undefined) this.controlPlaneKey ??= key;
    const etag = response.headers.get('etag');
    const time = Number(response.headers.get(HEADERS.time));
    const toSign = answerToSign({
      nonce,
      status: response.status,
      time,
      entityTag: etag ?? '-',
      bodyHash: sha256Hex(text),
    });
    return {
      status: response.status,
      body,
      etag,
      signed: verify(toSign, response.headers.get(HEADERS.signature) ?? ''),
    };
  }

  private take(answer: RegistrationAnswer, token: string | undefined): void {
    if (token !== undefined && fingerprint(answer.controlPlaneKey) !== parseRegistrationToken(token)?.fingerprint)
      throw new Error('not the control plane of the token');
    this.serverId = answer.serverId;
    this.secret = open(this.keys.sealing as KeyPair, answer.sealedSecret);
  }

  private apply(answer: ExpectedStateAnswer): void {
    for (const section of SECTIONS) {
      const delta = answer.sections[section];
      if (delta === undefined) continue;
      const parts = this.parts.get(section) ?? new Map();
      if (delta.whole) parts.clear();
      for (const key of delta.gone) parts.delete(key);
      for (const part of delta.parts) parts.set(part.key, part);
      this.held = { ...this.held, [section]: delta.generation };
      this.acks = { ...this.acks, [section]: { generation: delta.generation, hash: delta.hash } };
    }
    this.sealed = { ...this.sealed, ...answer.sealed };
  }
}

/** Only what was given: an undefined would hide the honest value. */
function changed({ server, timestamp, sequence }: Tampering): {
  server?: string;
  timestamp?: number;
  sequence?: number;
} {
  return {
    ...(server === undefined ? {} : { server }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}

export function container(deploymentId: string, change: Partial<ContainerReport> = {}): ContainerReport {
  return {
    deploymentId,
    containerId: `c-${deploymentId}`,
    phase: 'running',
    health: 'healthy',
    digest: null,
    startedAt: 1,
    exitCode: null,
    reason: null,
    message: null,
    lastLogLines: [],
    restarts: 0,
    crashLooping: false,
    connections: 0,
    pullPercent: null,
    ...change,
  };
}
