/**
 * A cluster that has been running for long, made by the domain's own decisions and the platform's own log: servers that
 * are members, services of ten replicas each that run. Only the reports are left out that would have brought it there.
 */
import type { Platform } from '@techulus/api/platform.ts';
import { commitOf } from '@techulus/api/commands/execute.ts';
import { agentReference } from '@techulus/api/keys/ciphertexts.ts';
import {
  createProject,
  createServer,
  createService,
  decisionOf,
  deploymentsOn,
  type Draft,
  isInMotion,
  issueToken,
  noteReport,
  openDraft,
  type Presence,
  registerServer,
  settle,
  startRollout,
} from '@techulus/domain';
import { systemRandom } from '@techulus/ports';
import type { Identity } from './wire-client.ts';

export interface Size {
  readonly servers: number;
  readonly replicasPerServer: number;
}

const REPLICAS_PER_SERVICE = 10;
const host = { hostname: 'n', os: 'Debian 12', kernel: '6.1', architecture: 'x64', cpus: 64, memoryMb: 65_536 };

const healthy = { phase: 'running', health: 'healthy', exitCode: null, reason: null, message: null } as const;
const calm = { lastLogLines: [], restarts: 0, crashLooping: false };

class Seeding {
  private presence = new Map<string, Presence>();
  private now: number;

  constructor(private readonly platform: Platform) {
    this.now = platform.clock.now();
  }

  async decide<T>(work: (draft: Draft) => T): Promise<T> {
    const { live, store } = this.platform;
    const facts = { now: this.now, epoch: live.epoch, newId: () => systemRandom.id(), presence: this.presence };
    const draft = openDraft(live.state, facts);
    const result = work(draft);
    settle(draft);
    const decision = decisionOf(draft);
    // Their deadlines lie behind what they waited for.
    const { position } = await store.append({ ...commitOf({ ...decision, jobs: [] }, { actor: 'bench' }) });
    await live.caughtUp(position);
    return result;
  }

  /** Every server has taken what it is expected to be. */
  allAcknowledge(): void {
    const { live } = this.platform;
    this.now += 1_000;
    const ack = { epoch: live.epoch, position: live.state.position };
    const acks = { containers: ack, dns: ack, traefik: ack, wireguard: ack };
    const plain = { podmanAnswers: true, diskPressure: false, containersObserved: true, problems: {} };
    for (const id of live.state.servers.keys())
      this.presence.set(id, { seenAt: this.now, acks, connections: {}, ...plain });
  }

  async addServer(name: string): Promise<Identity> {
    const { platform } = this;
    const keys = {
      wireguardPublicKey: `wireguard-${name}`,
      signingKey: `signing-${name}`,
      sealingKey: `sealing-${name}`,
    };
    const token = { tokenId: systemRandom.id(), hash: 'hash', expiresAt: this.now + 60_000 };
    const { serverId, secretVersion } = await this.decide((draft) => {
      const id = createServer(draft, { name, role: 'worker', labels: {} });
      issueToken(draft, { serverId: id, ...token });
      const registration = { tokenId: token.tokenId, secretHash: 'hash', keys, isProxy: false, endpoints: [], host };
      return registerServer(draft, registration);
    });
    const secret = Buffer.from(systemRandom.bytes(32)).toString('base64');
    const reference = agentReference(serverId, secretVersion);
    await platform.store.transact(({ rows }) => platform.ciphertexts.write(rows, reference, secret));
    return { serverId, secret };
  }

  /** All services at once; each is ten replicas on ten servers. */
  async deploy(services: number): Promise<void> {
    await this.decide((draft) => {
      const projectId = createProject(draft, { name: 'bench' });
      for (let n = 0; n < services; n += 1) startRollout(draft, { serviceId: addService(draft, projectId, n) });
    });
    for (let round = 0; round < 20 && isInMotion(this.platform.live.state); round += 1) {
      this.allAcknowledge();
      await this.decide((draft) => this.reportAll(draft));
    }
    if (isInMotion(this.platform.live.state)) throw new Error('the seeded cluster did not come to rest');
  }

  private reportAll(draft: Draft): void {
    for (const serverId of [...draft.cluster.servers.keys()]) {
      const expected = deploymentsOn(draft.cluster, serverId).filter((deployment) => deployment.expected);
      const containers = expected.map(({ id }) => ({ deploymentId: id, ...healthy, ...calm }));
      noteReport(draft, { serverId, containers, containersObserved: true, endpoints: [] });
    }
  }
}

function addService(draft: Draft, projectId: string, n: number): string {
  return createService(draft, {
    projectId,
    name: `service-${n}`,
    replicas: REPLICAS_PER_SERVICE,
    placement: { constraints: [], servers: [] },
    strategy: { order: 'start-first', batch: null },
    drainSeconds: 10,
    spec: {
      image: `registry.example/service-${n}:1`,
      digest: `sha256:${'1'.repeat(64)}`,
      digestError: null,
      command: null,
      env: { GREETING: 'hello', PEER: 'http://service-0.internal:8080/' },
      secrets: [],
      ports: [{ port: 8080, protocol: 'tcp' }],
      resources: { memoryMb: 64, cpus: null },
      healthCheck: null,
      stopTimeoutSeconds: 10,
    },
  });
}

export async function seed(platform: Platform, size: Size): Promise<Identity[]> {
  const seeding = new Seeding(platform);
  const identities: Identity[] = [];
  for (let n = 0; n < size.servers; n += 1) identities.push(await seeding.addServer(`server-${n}`));
  seeding.allAcknowledge();
  await seeding.decide(() => undefined);
  seeding.allAcknowledge();
  await seeding.decide(() => undefined);
  await seeding.deploy(Math.round((size.servers * size.replicasPerServer) / REPLICAS_PER_SERVICE));
  return identities;
}
