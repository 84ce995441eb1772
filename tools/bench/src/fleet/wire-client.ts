/** An agent's side of the wire, made for load: one connection for its poll and one for its reports, nothing kept twice. */
import { Agent, request, type IncomingMessage } from 'node:http';
import { randomBytes } from 'node:crypto';
import {
  answerToSign,
  type ContainerReport,
  type ExpectedStateAnswer,
  formatEntityTag,
  type Generations,
  HEADERS,
  requestToSign,
  type SectionAcks,
  SECTIONS,
  type StatusReport,
} from '@techulus/contract';
import { hmacSha256, sha256Hex } from '@techulus/keys';

export interface Identity {
  readonly serverId: string;
  readonly secret: string;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** Of this answer, head included. */
  readonly bytes: number;
}

export const POLL_PATH = '/api/v1/agent/expected-state';
const STATUS_PATH = '/api/v1/agent/status';

const resources = {
  memoryTotalMb: 2048,
  memoryFreeMb: 1024,
  cpus: 2,
  load1: 0.1,
  diskTotalMb: 10_000,
  diskFreeMb: 9_000,
  diskPressure: false,
};

function runningContainer(deploymentId: string): ContainerReport {
  return {
    deploymentId,
    containerId: `c-${deploymentId}`,
    phase: 'running',
    health: 'healthy',
    digest: `sha256:${'1'.repeat(64)}`,
    startedAt: 1_700_000_000_000,
    exitCode: null,
    reason: null,
    message: null,
    lastLogLines: [],
    restarts: 0,
    crashLooping: false,
    connections: 0,
    pullPercent: null,
  };
}

export class WireClient {
  sequence = 0;
  held: Generations = {};
  private acks: SectionAcks = {};
  private readonly containers = new Map<string, ContainerReport>();
  private readonly connections = new Agent({ keepAlive: true, maxSockets: 2 });

  constructor(
    readonly url: string,
    readonly identity: Identity,
  ) {}

  get deployments(): string[] {
    return [...this.containers.keys()];
  }

  /** The headers of a request that is signed now. */
  signed(method: string, path: string, body = ''): Record<string, string> {
    const { serverId: server, secret } = this.identity;
    const nonce = randomBytes(16).toString('hex');
    const [timestamp, { sequence }] = [Date.now(), this];
    const bodyHash = sha256Hex(body);
    const text = requestToSign({ server, timestamp, nonce, sequence, method, path, bodyHash });
    return {
      [HEADERS.server]: server,
      [HEADERS.timestamp]: String(timestamp),
      [HEADERS.nonce]: nonce,
      [HEADERS.sequence]: String(sequence),
      [HEADERS.signature]: hmacSha256(secret, text),
    };
  }

  pollHeaders(waitSeconds: number): Record<string, string> {
    const signed = this.signed('GET', POLL_PATH);
    return { ...signed, 'if-none-match': formatEntityTag(this.held), prefer: `wait=${waitSeconds}` };
  }

  async poll(waitSeconds = 0): Promise<Reply> {
    const reply = await this.send('GET', POLL_PATH, this.pollHeaders(waitSeconds), '');
    if (reply.status === 200) this.take(JSON.parse(reply.text) as ExpectedStateAnswer);
    else if (reply.status !== 304) throw new Error(`a poll was answered ${reply.status}: ${reply.text}`);
    return reply;
  }

  /** `unhealthy` names a container that is said to be so. */
  async report(unhealthy?: string): Promise<Reply> {
    const body = JSON.stringify(this.reportOf(unhealthy));
    this.sequence += 1;
    const headers = { ...this.signed('POST', STATUS_PATH, body), 'content-type': 'application/json' };
    const reply = await this.send('POST', STATUS_PATH, headers, body);
    if (reply.status !== 200) throw new Error(`a report was answered ${reply.status}: ${reply.text}`);
    return reply;
  }

  close(): void {
    this.connections.destroy();
  }

  private reportOf(unhealthy: string | undefined): StatusReport {
    const containers = [...this.containers.values()].map((container) =>
      container.deploymentId === unhealthy ? { ...container, health: 'unhealthy' as const } : container,
    );
    return {
      agentState: 'IDLE',
      sections: this.acks,
      unobserved: [],
      containers,
      observedAgoMs: 0,
      action: null,
      deferred: [],
      resources,
      podmanAnswers: true,
      publicAddress: null,
      endpoints: [],
      handshakes: [],
      versions: { agent: '0.1.0', podman: '4.3.1', kernel: '6.1', os: 'Debian 12' },
      clockOffsetMs: 0,
    };
  }

  private send(method: string, path: string, headers: Record<string, string>, body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const options = { agent: this.connections, method, headers: { ...headers, 'accept-encoding': 'identity' } };
      const sending = request(`${this.url}${path}`, options, (incoming) => {
        void this.read(incoming, headers).then(resolve, reject);
      });
      sending.once('error', reject);
      sending.end(body);
    });
  }

  private async read(incoming: IncomingMessage, sent: Record<string, string>): Promise<Reply> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const status = incoming.statusCode ?? 0;
    this.requireSignature(incoming, sent[HEADERS.nonce] ?? '', status, text);
    const head = incoming.rawHeaders.reduce((sum, part) => sum + part.length + 2, 'HTTP/1.1 200 OK\r\n\r\n'.length);
    return { status, text, bytes: head + Buffer.byteLength(text) };
  }

  private requireSignature(incoming: IncomingMessage, nonce: string, status: number, text: string): void {
    const { headers } = incoming;
    const time = Number(headers[HEADERS.time]);
    const signedText = answerToSign({
      nonce,
      status,
      time,
      entityTag: headers.etag ?? '-',
      bodyHash: sha256Hex(text),
    });
    if (headers[HEADERS.signature] !== hmacSha256(this.identity.secret, signedText))
      throw new Error(`an answer (${status}) is not signed by the control plane: ${text.slice(0, 200)}`);
  }

  private take(answer: ExpectedStateAnswer): void {
    for (const section of SECTIONS) {
      const delta = answer.sections[section];
      if (delta === undefined) continue;
      this.held = { ...this.held, [section]: delta.generation };
      this.acks = { ...this.acks, [section]: { generation: delta.generation, hash: delta.hash } };
    }
    if (answer.sections.containers !== undefined) this.run(answer.sections.containers);
  }

  private run(delta: NonNullable<ExpectedStateAnswer['sections']['containers']>): void {
    if (delta.whole) this.containers.clear();
    for (const part of delta.parts) this.containers.set(part.key, runningContainer(part.key));
    for (const key of delta.gone) this.containers.delete(key);
  }
}
