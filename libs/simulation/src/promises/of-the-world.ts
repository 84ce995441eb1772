/** What must hold of the machines whenever something has changed there. */
import { type Deployment, isActive } from '@techulus/domain';
import type { Machine } from '../machine.ts';
import { canRun } from '../images.ts';
import type { Watch } from './watch.ts';

/** So long may a name lead nowhere while something new makes its way: news, checks, backoff after a failed try. */
const NAME_GRACE_MS = 30_000;

/** It is told to run, or to be put back: a signal restarts it. */
function staysNamed({ expected, leaving }: Deployment): boolean {
  return expected && leaving?.stopRequestedAt == null;
}

export class WorldPromises {
  private readonly watch: Watch;
  /** Whether nothing but the operator's orders ends containers in this story. */
  private readonly gapless: boolean;
  private readonly badSince = new Map<string, number>();
  private readonly accepted = new Map<string, { epoch: number; position: number }>();
  private readonly troubledAt = new Map<Machine, number>();
  /** Server and secret, for every replica that ever was there. */
  private readonly mayKnow = new Set<string>();

  constructor(watch: Watch, gapless: boolean) {
    this.watch = watch;
    this.gapless = gapless;
  }

  check(): void {
    this.watch.noteSilence();
    this.oneContainerEach();
    this.singleWriters();
    for (const { machine } of this.watch.members()) {
      this.foreignUntouched(machine);
      this.generationsRise(machine);
    }
    this.noteTroubles();
    this.namesLead();
    this.secretsStay();
  }

  private oneContainerEach(): void {
    const seen = new Map<string, string>();
    for (const machine of this.watch.cluster.machines) {
      for (const { deploymentId } of machine.podman.ours()) {
        const other = seen.get(deploymentId);
        if (other !== undefined)
          this.watch.cluster.broken('two containers', `${deploymentId} has one on ${other} and one on ${machine.name}`);
        seen.set(deploymentId, machine.name);
      }
    }
  }

  /** What may run only once does not run beside what it replaces. */
  private singleWriters(): void {
    const { truth, machines } = this.watch.cluster;
    const running = new Set<string>();
    for (const machine of machines)
      for (const container of machine.podman.ours()) if (container.running) running.add(container.deploymentId);
    for (const { id, replaces, serviceId } of truth.deployments.values()) {
      const old = truth.deployments.get(replaces ?? '');
      const single = truth.services.get(serviceId)?.strategy.order === 'stop-first';
      if (single && old !== undefined && !old.removed && running.has(id) && running.has(old.id))
        this.watch.cluster.broken('two writers', `${id} runs beside ${old.id}, which it replaces`);
    }
  }

  private foreignUntouched({ name, podman }: Machine): void {
    for (const id of podman.foreign) {
      if (podman.inner.containers.get(id)?.state !== 'running')
        this.watch.cluster.broken('foreign touched', `a container on ${name} that is not ours was stopped or removed`);
    }
  }

  private generationsRise(machine: Machine): void {
    const [before, last] = machine.sections.generations.slice(-2);
    if (before !== undefined && last !== undefined && last.epoch === before.epoch && last.position < before.position)
      this.watch.cluster.broken('older names', `${machine.name} went back from ${before.position} to ${last.position}`);
    const stored = machine.disk.expected.value?.answer.sections;
    if (stored === undefined) return;
    for (const [section, { generation }] of Object.entries(stored)) {
      const key = `${machine.name}/${section}`;
      const known = this.accepted.get(key);
      if (known !== undefined && known.epoch === generation.epoch && generation.position < known.position)
        this.watch.cluster.broken(
          'older accepted',
          `${key} went back from ${known.position} to ${generation.position}`,
        );
      this.accepted.set(key, generation);
    }
  }

  /** It lost what it held: it may be told less than it knew. */
  forget(machine: Machine): void {
    for (const key of this.accepted.keys()) if (key.startsWith(`${machine.name}/`)) this.accepted.delete(key);
  }

  private noteTroubles(): void {
    const { clock } = this.watch.cluster;
    for (const machine of this.watch.cluster.machines) {
      const well = machine.link.isOpen && machine.link.weather.loss === 0 && machine.process?.alive === true;
      if (!well || machine.podman.isUnwell || machine.flapping > 0 || machine.sections.rough)
        this.troubledAt.set(machine, clock.monotonic());
    }
  }

  private serves(deploymentAddress: string): boolean {
    return this.watch.cluster.machines.some((machine) =>
      machine.podman
        .ours()
        .some(({ address, running, image }) => running && address === deploymentAddress && canRun(image)),
    );
  }

  /** While a replica serves, a name leads to one that does. */
  private namesLead(): void {
    const { cluster } = this.watch;
    const now = cluster.clock.monotonic();
    for (const service of cluster.truth.services.values()) {
      const replicas = [...cluster.truth.deployments.values()].filter((d) => d.serviceId === service.id);
      const there = replicas.some((d) => isActive(d) && d.stage === 'running' && this.serves(d.address));
      for (const { machine, id } of this.watch.members()) {
        const key = `${service.id} on ${machine.name}`;
        const leads = (machine.sections.names.get(service.name) ?? []).some((address) => this.serves(address));
        if (leads || !there) this.badSince.delete(key);
        else if (!this.badSince.has(key)) this.badSince.set(key, now);
        const known = machine.sections.names.has(service.name);
        const quietAt = Math.max(cluster.disturbedAt, this.troubledAt.get(machine) ?? 0);
        const since = Math.max(this.badSince.get(key) ?? now, quietAt);
        const gap =
          this.gapless && known && !leads && there && this.watch.wasHeardSince(id, cluster.clock.now() - 30_000);
        if (now - since > NAME_GRACE_MS || gap)
          cluster.broken(
            'name leads nowhere',
            `${service.name} on ${machine.name}: ${machine.sections.names.get(service.name)?.join() ?? 'unknown'}`,
          );
      }
    }
  }

  /** SIGTERM, SIGKILL and removal reach only what is no longer named by any server that is heard. */
  onSignal(machine: Machine, containerId: string): void {
    const { cluster } = this.watch;
    const container = machine.podman.ours().find(({ id }) => id === containerId);
    const deployment = cluster.truth.deployments.get(container?.deploymentId ?? '');
    // One that is expected is restarted: it stayed unhealthy.
    if (container?.running !== true || deployment === undefined || staysNamed(deployment)) return;
    if (cluster.truth.servers.get(deployment.serverId)?.removed !== false) return;
    if (machine.sections.dns.addresses.includes(deployment.address))
      cluster.broken(
        'stopped while named here',
        `${deployment.id} got a signal while its own ${machine.name} names it`,
      );
    const since = deployment.leaving?.at ?? deployment.stageAt;
    for (const member of this.watch.members()) {
      if (!this.watch.wasHeardSince(member.id, since)) continue;
      if (member.machine.sections.dns.addresses.includes(deployment.address))
        cluster.broken('stopped while named', `${deployment.id} got a signal while ${member.machine.name} names it`);
    }
  }

  private secretsStay(): void {
    const { truth, machines, broken } = this.watch.cluster;
    for (const deployment of truth.deployments.values()) {
      const spec = truth.services.get(deployment.serviceId)?.revisions.get(deployment.revision);
      for (const { id } of spec?.secrets ?? []) this.mayKnow.add(`${deployment.serverId}/${id}`);
    }
    for (const machine of machines) {
      for (const name of Object.keys(machine.disk.expected.value?.answer.sealed ?? {})) {
        const secret = /^secret\/([^@]+)@/.exec(name)?.[1];
        if (secret !== undefined && !this.mayKnow.has(`${machine.serverId}/${secret}`))
          broken.call(
            this.watch.cluster,
            'secret told',
            `${machine.name} was sent ${name} and runs nothing that uses it`,
          );
      }
    }
  }
}
