/** An operator at the control plane: the commands that the REST surface gives, and what was said to be done. */
import { writeSecretValue } from './operator-secrets.ts';
import type { Decide, WriteRows } from '@techulus/api/commands/execute.ts';
import { retryReason } from '@techulus/api/commands/conflicts.ts';
import { NotReady } from '@techulus/api/cluster/not-ready.ts';
import { formatRegistrationToken } from '@techulus/contract';
import {
  cancelRollout,
  changeService,
  cordonServer,
  createProject,
  createServer,
  createService,
  deleteService,
  drainServer,
  isEnded,
  issueToken,
  Refused,
  removeServer,
  type RevisionSpec,
  startRollout,
  uncordonServer,
} from '@techulus/domain';
import { sha256Hex } from '@techulus/keys';
import { sleep } from '@techulus/ports';
import type { Cluster } from './cluster.ts';
import { canRun, imageOf } from './images.ts';
import type { Machine } from './machine.ts';
import type { Order, StartedService } from './story.ts';

const META = { actor: 'operator' };
const JOIN_AGAIN_MS = 5_000;
const TOKEN_VALID_MS = 24 * 3_600_000;

/** What the operator was told is done. */
export interface Accepted {
  readonly rollouts: string[];
  /** The last scale of each service that was said to be done, unless another was on its way at the same time. */
  readonly replicas: Map<string, number | null>;
}

export class Operator {
  readonly accepted: Accepted = { rollouts: [], replicas: new Map() };
  readonly services: string[] = [];
  private images = 0;
  private readonly scaling = new Map<string, number>();
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** The answer, or null where it was refused or never came. */
  private async execute<T>(what: string, decide: Decide<T>, rows?: WriteRows<T>): Promise<T | null> {
    const api = this.cluster.anyApi();
    if (api === undefined) return null;
    try {
      const { result } = await api.process.guard(api.commands.execute(decide, META, rows));
      return result;
    } catch (error) {
      this.cluster.note(`operator: ${what}: ${error instanceof Error ? error.message : String(error)}`);
      const honest = error instanceof Refused || error instanceof NotReady || retryReason(error) !== null;
      if (!honest)
        this.cluster.broken('internal error', `${what}: ${error instanceof Error ? (error.stack ?? '') : ''}`);
      return null;
    }
  }

  async addServer(): Promise<void> {
    const { cluster } = this;
    const machine = cluster.addMachine();
    const random = cluster.random.of(`token ${machine.name}`);
    const secret = Buffer.from(random.bytes(24)).toString('base64url');
    const tokenId = random.id();
    const id = await this.execute('add a server', (draft) => {
      const serverId = createServer(draft, { name: machine.name, role: 'worker', labels: {} });
      issueToken(draft, { serverId, tokenId, hash: sha256Hex(secret), expiresAt: draft.now + TOKEN_VALID_MS });
      return serverId;
    });
    const api = cluster.anyApi();
    if (id === null || api === undefined) return;
    const token = formatRegistrationToken({ id: tokenId, secret, fingerprint: api.controlPlaneKey.fingerprint });
    await machine.podman.runForeign();
    await this.join(machine, token);
  }

  /** The install line, run again until it has worked. */
  private async join(machine: Machine, token: string): Promise<void> {
    for (;;) {
      try {
        await machine.register(token);
        return machine.start();
      } catch (error) {
        this.cluster.note(`${machine.name}: ${String(error)}`);
        await sleep(this.cluster.clock, JOIN_AGAIN_MS);
      }
    }
  }

  private spec(kind: string, secret: RevisionSpec['secrets']): RevisionSpec {
    this.images += 1;
    return {
      image: imageOf(kind, this.images),
      digest: null,
      digestError: null,
      command: null,
      env: {},
      secrets: secret,
      ports: [{ port: 8080, protocol: 'tcp' }],
      resources: { memoryMb: null, cpus: null },
      healthCheck: null,
      stopTimeoutSeconds: 5,
    };
  }

  /** The first service uses a secret, the others do not. */
  async addService(name: string, { replicas, order }: StartedService): Promise<void> {
    const secrets = this.services.length === 0 ? await this.secret() : [];
    const id = await this.execute(`create ${name}`, (draft) => {
      const projectId = [...draft.cluster.projects.keys()][0] ?? createProject(draft, { name: 'demo' });
      const placement = { constraints: [], servers: [] };
      const strategy = { order, batch: null };
      const spec = this.spec('good', secrets);
      return createService(draft, { projectId, name, replicas, placement, strategy, drainSeconds: 6, spec });
    });
    if (id === null) return;
    this.services.push(id);
    await this.rollOut(id);
  }

  private async secret(): Promise<RevisionSpec['secrets']> {
    const api = this.cluster.anyApi();
    if (api === undefined) return [];
    const written = await this.execute('write a secret', ...writeSecretValue('password', api.ciphertexts));
    return written === null ? [] : [{ env: 'PASSWORD', name: 'password', ...written }];
  }

  private async rollOut(serviceId: string, revision?: number): Promise<void> {
    const id = await this.execute('roll out', (draft) =>
      startRollout(draft, { serviceId, ...(revision === undefined ? {} : { revision }) }),
    );
    if (id !== null) this.accepted.rollouts.push(id);
  }

  private async deploy(serviceId: string, kind: string): Promise<void> {
    const secrets = this.cluster.truth.services.get(serviceId)?.revisions.get(1)?.secrets ?? [];
    const spec = this.spec(kind, secrets);
    const changed = await this.execute('change', (draft) => changeService(draft, { id: serviceId, spec }));
    if (changed !== null) await this.rollOut(serviceId);
  }

  private async scale(id: string, replicas: number): Promise<void> {
    const others = this.scaling.get(id) ?? 0;
    this.scaling.set(id, others + 1);
    if (others > 0) this.accepted.replicas.set(id, null);
    const refused = Symbol('refused');
    const outcome = await this.execute('scale', (draft) => changeService(draft, { id, replicas })).then((done) =>
      done === null ? refused : done,
    );
    this.scaling.set(id, (this.scaling.get(id) ?? 1) - 1);
    if (others > 0) return;
    // What was never answered may have been done or not.
    this.accepted.replicas.set(id, outcome === refused ? null : replicas);
  }

  private async cancel(serviceId: string): Promise<void> {
    const moving = [...this.cluster.truth.rollouts.values()].find((r) => r.serviceId === serviceId && !isEnded(r));
    if (moving !== undefined) await this.execute('cancel', (draft) => cancelRollout(draft, { id: moving.id }));
  }

  private async onServer(order: Extract<Order, { server: number }>): Promise<void> {
    const id = this.cluster.machines[order.server]?.serverId ?? '';
    await this.execute(order.do, (draft) => {
      if ('force' in order) removeServer(draft, { id, force: order.force });
      else if (order.do === 'cordon') cordonServer(draft, { id });
      else if (order.do === 'uncordon') uncordonServer(draft, { id });
      else drainServer(draft, { id });
    });
  }

  private async onService(order: Extract<Order, { service: number }>): Promise<void> {
    const id = this.services[order.service] ?? '';
    const latest = this.cluster.truth.services.get(id)?.latestRevision ?? 1;
    if (order.do === 'deploy') await this.deploy(id, order.image);
    else if (order.do === 'scale') await this.scale(id, order.replicas);
    else if (order.do === 'cancel') await this.cancel(id);
    else if (order.do === 'roll out again') await this.rollOut(id, Math.max(1, latest - order.revisionsBack));
    else await this.execute('delete', (draft) => deleteService(draft, { id }));
  }

  async give(order: Order): Promise<void> {
    if (order.do === 'add a server') await this.addServer();
    else if ('service' in order) await this.onService(order);
    else await this.onServer(order);
  }

  /** A revision that cannot run came to be the running one while nothing ran of it: nothing but another one helps. */
  async mend(): Promise<void> {
    for (const service of [...this.cluster.truth.services.values()]) {
      const image = service.revisions.get(service.runningRevision ?? 0)?.image;
      const moving = [...this.cluster.truth.rollouts.values()].some((r) => r.serviceId === service.id && !isEnded(r));
      if (image !== undefined && !canRun(image) && !moving && !service.deleting) await this.deploy(service.id, 'good');
    }
  }

  /** Every server that is not on its way out takes placements again. */
  async openAll(): Promise<void> {
    for (const server of [...this.cluster.truth.servers.values()]) {
      if (server.removed || server.removing !== null || !server.cordoned) continue;
      await this.execute('uncordon', (draft) => uncordonServer(draft, { id: server.id }));
    }
  }
}
