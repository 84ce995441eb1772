/** What must hold of names: they lead to what serves, and not to what is told to stop. */
import { type Deployment, isActive, type Service } from '@techulus/domain';
import { canRun } from '../images.ts';
import type { Machine } from '../machine.ts';
import type { Watch } from './watch.ts';

/** So long may a name lead nowhere while something new makes its way: news, checks, backoff after a failed try. */
const GRACE_MS = 30_000;

/** It is told to run, or to be put back: a signal restarts it. */
function staysNamed({ expected, leaving }: Deployment): boolean {
  return expected && leaving?.stopRequestedAt == null;
}

export class NamePromises {
  private readonly watch: Watch;
  /** Whether nothing but the operator's orders ends containers in this story. */
  private readonly gapless: boolean;
  private readonly badSince = new Map<string, number>();
  private readonly troubledAt = new Map<Machine, number>();

  constructor(watch: Watch, gapless: boolean) {
    this.watch = watch;
    this.gapless = gapless;
  }

  check(): void {
    const { cluster } = this.watch;
    const { machines, truth } = cluster;
    if (cluster.anyApi() === undefined) cluster.disturbedAt = cluster.clock.monotonic();
    for (const machine of machines) this.noteTrouble(machine);
    for (const service of truth.services.values()) {
      const replicas = [...truth.deployments.values()].filter((d) => d.serviceId === service.id);
      const there = replicas.some((d) => isActive(d) && d.stage === 'running' && this.serves(d.address));
      for (const { machine, id } of this.watch.members()) {
        if (there && !this.leads(service, machine)) this.leadsNowhere(service, machine, id);
        else this.badSince.delete(`${service.id} on ${machine.name}`);
      }
    }
  }

  private noteTrouble(machine: Machine): void {
    const { link, podman, sections, flapping, process } = machine;
    const connected = link.isOpen && link.weather.loss === 0 && process?.alive === true;
    if (!connected || podman.isUnwell || sections.rough || flapping > 0)
      this.troubledAt.set(machine, this.watch.cluster.clock.monotonic());
  }

  private leads({ name }: Service, machine: Machine): boolean {
    return (machine.sections.names.get(name) ?? []).some((address) => this.serves(address));
  }

  private serves(wanted: string): boolean {
    return this.watch.cluster.machines.some(({ podman }) =>
      podman.ours().some(({ address, running, image }) => running && address === wanted && canRun(image)),
    );
  }

  /** Broken at once where nothing but orders ends containers, else when it lasts. */
  private leadsNowhere({ id, name, strategy }: Service, machine: Machine, server: string): void {
    const { cluster } = this.watch;
    const now = cluster.clock.monotonic();
    const key = `${id} on ${machine.name}`;
    const since = this.badSince.get(key) ?? now;
    this.badSince.set(key, since);
    const quietAt = Math.max(cluster.disturbedAt, this.troubledAt.get(machine) ?? 0);
    // What may run only once is not there for a while in each rollout.
    const gapless = this.gapless && strategy.order === 'start-first' && machine.sections.names.has(name);
    const gap = gapless && this.watch.wasHeardSince(server, cluster.clock.now() - GRACE_MS);
    if (!gap && now - Math.max(since, quietAt) <= GRACE_MS) return;
    const answer = machine.sections.names.get(name)?.join() ?? 'nothing known';
    cluster.broken('name leads nowhere', `${name} on ${machine.name}: ${answer}`);
  }

  /** A signal that ends a replica for good; null: it is restarted, unknown, or its server left the cluster. */
  private endedBySignal(machine: Machine, containerId: string): Deployment | null {
    const { deployments, servers } = this.watch.cluster.truth;
    const container = machine.podman.ours().find(({ id }) => id === containerId);
    const deployment = container?.running === true ? deployments.get(container.deploymentId) : undefined;
    if (deployment === undefined || staysNamed(deployment)) return null;
    return servers.get(deployment.serverId)?.removed === false ? deployment : null;
  }

  /** SIGTERM, SIGKILL and removal reach only what is no longer named by any server that is heard. */
  onSignal(machine: Machine, containerId: string): void {
    const deployment = this.endedBySignal(machine, containerId);
    if (deployment === null) return;
    const { cluster } = this.watch;
    const { address, id, leaving, stageAt } = deployment;
    if (machine.sections.dns.addresses.includes(address))
      cluster.broken('stopped while named here', `${id} got a signal while its own ${machine.name} names it`);
    for (const member of this.watch.members()) {
      const heard = this.watch.wasHeardSince(member.id, leaving?.at ?? stageAt);
      if (heard && member.machine.sections.dns.addresses.includes(address))
        cluster.broken('stopped while named', `${id} got a signal while ${member.machine.name} names it`);
    }
  }
}
