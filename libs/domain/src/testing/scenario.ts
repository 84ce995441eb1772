/**
 * A cluster in memory whose servers do as they are told, for given/when/then specs: decisions are committed to a log,
 * servers report what they run, time moves when the story says so.
 */
import { evolve, versionOf } from '../cluster.ts';
import { type Decision, decisionOf, type Draft, type DueJob, type Facts, openDraft, type Presence } from '../draft.ts';
import { onDeadline } from '../deadline.ts';
import type { DomainEvent, Recorded } from '../events.ts';
import type { ServerId } from '../ids.ts';
import { createProject } from '../project-commands.ts';
import { deploymentsOn } from '../records.ts';
import { type ContainerFact, noteReport } from '../report.ts';
import { createServer, issueToken, registerServer } from '../server-commands.ts';
import type { ServerRole } from '../server-events.ts';
import { createService, type CreateService } from '../service-commands.ts';
import type { RevisionSpec } from '../service-events.ts';
import { settle } from '../settle.ts';
import { type ClusterState, type Deployment, emptyCluster } from '../state.ts';

export const spec = (image = 'registry.test/web:1', changes: Partial<RevisionSpec> = {}): RevisionSpec => ({
  image,
  digest: null,
  digestError: null,
  command: null,
  env: {},
  secrets: [],
  ports: [{ port: 8080, protocol: 'tcp' }],
  resources: { memoryMb: null, cpus: null },
  healthCheck: null,
  stopTimeoutSeconds: 10,
  ...changes,
});

/** How a container of an image behaves; healthy by default. */
export type Behaviour = (deployment: Deployment) => Partial<ContainerFact>;

export class Scenario {
  readonly cluster: ClusterState = emptyCluster();
  readonly log: Recorded[] = [];
  readonly presence = new Map<ServerId, Presence>();
  readonly jobs: { at: number; job: DueJob }[] = [];
  readonly claims = new Map<string, string>();
  /** Servers that do not report. */
  readonly silent = new Set<ServerId>();
  readonly behaviours = new Map<string, Behaviour>();
  now = 1_000_000;
  private ids = 0;

  get facts(): Facts {
    const newId = (): string => `id-${String((this.ids += 1)).padStart(4, '0')}`;
    return { now: this.now, epoch: 1, newId, presence: this.presence };
  }

  decide<T>(work: (draft: Draft) => T): T {
    const draft = openDraft(this.cluster, this.facts);
    const result = work(draft);
    settle(draft);
    this.commit(decisionOf(draft));
    return result;
  }

  private commit(decision: Decision): void {
    for (const { kind, key } of decision.releases) this.claims.delete(`${kind}/${key}`);
    for (const { kind, key, stream } of decision.claims) {
      const holder = this.claims.get(`${kind}/${key}`);
      if (holder !== undefined) throw new Error(`${kind} ${key} is held by ${holder}, wanted by ${stream}`);
      this.claims.set(`${kind}/${key}`, stream);
    }
    for (const { stream, expectedVersion, events } of decision.appends) {
      if (versionOf(this.cluster, stream) !== expectedVersion) throw new Error(`version conflict on ${stream}`);
      for (const event of events) this.append(stream, event);
    }
    this.jobs.push(...decision.jobs.map((job) => ({ at: this.now + job.afterMs, job })));
  }

  private append(stream: string, event: DomainEvent): void {
    const recorded: Recorded = {
      ...event,
      stream,
      version: versionOf(this.cluster, stream) + 1,
      position: this.log.length + 1,
      at: this.now,
    };
    this.log.push(recorded);
    evolve(this.cluster, recorded);
  }

  addServer(name: string, role: ServerRole = 'worker', memoryMb = 4096): ServerId {
    const n = this.cluster.servers.size + 1;
    const keys = { wireguardPublicKey: `wg-${name}`, signingKey: `sign-${name}`, sealingKey: `seal-${name}` };
    const host = { hostname: name, os: 'Debian 12', kernel: '6.1', architecture: 'x64', cpus: 2, memoryMb };
    const id = this.decide((draft) => createServer(draft, { name, role, labels: {} }));
    this.decide((draft) =>
      issueToken(draft, { serverId: id, tokenId: `token-${n}`, hash: 'hash', expiresAt: this.now + 60_000 }),
    );
    this.decide((draft) =>
      registerServer(draft, {
        tokenId: `token-${n}`,
        secretHash: 'hash',
        keys,
        isProxy: role === 'proxy',
        endpoints: [`172.30.0.${n}:51820`],
        host,
      }),
    );
    return id;
  }

  addService(name: string, changes: Partial<CreateService> = {}): string {
    const projectId =
      [...this.cluster.projects.keys()][0] ?? this.decide((draft) => createProject(draft, { name: 'demo' }));
    const placement = { constraints: [], servers: [] };
    const strategy = { order: 'start-first' as const, batch: null };
    const defaults = { projectId, name, replicas: 3, placement, strategy, drainSeconds: 10, spec: spec() };
    return this.decide((draft) => createService(draft, { ...defaults, ...changes }));
  }

  private factOf(deployment: Deployment): ContainerFact {
    const service = this.cluster.services.get(deployment.serviceId);
    const image = service?.revisions.get(deployment.revision)?.image ?? '';
    const plain = { exitCode: null, reason: null, message: null, lastLogLines: [], restarts: 0, crashLooping: false };
    const fact = { deploymentId: deployment.id, phase: 'running' as const, health: 'healthy' as const, ...plain };
    const told = { ...fact, ...this.behaviours.get(image)?.(deployment) };
    if (deployment.hold && told.phase !== 'failed') return { ...fact, phase: 'pulled', health: 'starting' };
    const stopped = deployment.leaving?.keep === true && deployment.leaving.stopRequestedAt !== null;
    return stopped ? { ...fact, phase: 'exited', health: 'starting', exitCode: 0 } : told;
  }

  /** One server takes what it is expected to be, and reports it. `acks: false`: it reports without taking anything new. */
  report(id: ServerId, options: { acks?: boolean } = {}): void {
    const expected = deploymentsOn(this.cluster, id).filter((deployment) => deployment.expected);
    const containers = expected.map((deployment) => this.factOf(deployment));
    const ack = { epoch: 1, position: this.cluster.position };
    const held = this.presence.get(id)?.acks ?? {};
    const acks = options.acks === false ? held : { containers: ack, dns: ack, traefik: ack, wireguard: ack };
    const connections = Object.fromEntries(containers.map((fact) => [fact.deploymentId, 0]));
    const plain = { podmanAnswers: true, diskPressure: false, containersObserved: true, problems: {} };
    this.presence.set(id, { seenAt: this.now, acks, connections, ...plain });
    this.decide((draft) => noteReport(draft, { serverId: id, containers, containersObserved: true, endpoints: [] }));
  }

  reportAll(): void {
    for (const server of this.cluster.servers.values())
      if (!server.removed && !this.silent.has(server.id)) this.report(server.id);
  }

  /** Moves time on, second by second: servers report, due jobs run. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.now += 1000;
      this.reportAll();
      const due = this.jobs.filter(({ at }) => at <= this.now);
      for (const entry of due) {
        this.jobs.splice(this.jobs.indexOf(entry), 1);
        this.decide((draft) => (entry.job.queue === 'deadline' ? onDeadline(draft, entry.job.data) : undefined));
      }
    }
  }

  /** Until a rollout has ended, or `seconds` have passed. */
  passUntilEnded(rolloutId: string, seconds = 900): void {
    for (let second = 0; second < seconds && !this.terminal(rolloutId); second += 1) this.pass(1);
  }

  terminal(rolloutId: string): string | undefined {
    const ends = ['succeeded', 'failed', 'rolled_back', 'cancelled', 'superseded'].map((end) => `rollout.${end}`);
    const found = this.log.filter((event) => event.stream === `rollout/${rolloutId}` && ends.includes(event.type));
    if (found.length > 1) throw new Error(`rollout ${rolloutId} ended ${found.length} times`);
    return found[0]?.type;
  }

  types(stream: string): string[] {
    return this.log.filter((event) => event.stream === stream).map((event) => event.type);
  }

  replicas(serviceId: string, stage?: string): Deployment[] {
    const all = [...this.cluster.deployments.values()].filter((deployment) => deployment.serviceId === serviceId);
    return stage === undefined
      ? all
      : all.filter((deployment) => deployment.stage === stage && deployment.leaving === null);
  }
}
