/** What must hold of the machines whenever something has changed there. */
import type { Generation } from '@techulus/contract';
import type { Deployment } from '@techulus/domain';
import type { Machine } from '../machine.ts';
import type { Watch } from './watch.ts';

export class WorldPromises {
  private readonly watch: Watch;
  private readonly accepted = new Map<string, Generation>();
  /** Server and secret, for every replica that ever was there. */
  private readonly mayKnow = new Set<string>();

  constructor(watch: Watch) {
    this.watch = watch;
  }

  check(): void {
    const { truth, machines } = this.watch.cluster;
    this.oneContainerEach();
    const running = new Set(
      machines.flatMap(({ podman }) => podman.ours().flatMap((c) => (c.running ? c.deploymentId : []))),
    );
    for (const deployment of truth.deployments.values()) {
      this.singleWriter(deployment, running);
      this.noteSecrets(deployment);
    }
    for (const { machine } of this.watch.members()) {
      this.foreignUntouched(machine);
      this.namesRise(machine);
      this.acceptedRises(machine);
      this.secretsStay(machine);
    }
  }

  private broken(code: string, message: string): void {
    this.watch.cluster.broken(code, message);
  }

  private oneContainerEach(): void {
    const seen = new Map<string, string>();
    for (const machine of this.watch.cluster.machines) {
      for (const { deploymentId } of machine.podman.ours()) {
        const other = seen.get(deploymentId);
        if (other !== undefined)
          this.broken('two containers', `${deploymentId} has one on ${other} and one on ${machine.name}`);
        seen.set(deploymentId, machine.name);
      }
    }
  }

  /** What may run only once does not run beside what it replaces. */
  private singleWriter({ id, replaces, serviceId }: Deployment, running: ReadonlySet<string>): void {
    const { truth } = this.watch.cluster;
    const old = truth.deployments.get(replaces ?? '');
    if (old === undefined || old.removed || truth.services.get(serviceId)?.strategy.order !== 'stop-first') return;
    if (running.has(id) && running.has(old.id))
      this.broken('two writers', `${id} runs beside ${old.id}, which it replaces`);
  }

  private foreignUntouched({ name, podman }: Machine): void {
    for (const id of podman.foreign) {
      if (podman.inner.containers.get(id)?.state !== 'running')
        this.broken('foreign touched', `a container on ${name} that is not ours was stopped or removed`);
    }
  }

  private rises(what: string, before: Generation | undefined, now: Generation): void {
    if (before?.epoch === now.epoch && now.position < before.position)
      this.broken('older generation', `${what} went back from ${before.position} to ${now.position}`);
  }

  private namesRise({ name, sections }: Machine): void {
    const [before, last] = sections.generations.slice(-2);
    if (last !== undefined) this.rises(`the names of ${name}`, before, last);
  }

  private acceptedRises({ name, disk }: Machine): void {
    for (const [section, { generation }] of Object.entries(disk.expected.value?.answer.sections ?? {})) {
      const key = `${name}/${section}`;
      this.rises(key, this.accepted.get(key), generation as Generation);
      this.accepted.set(key, generation as Generation);
    }
  }

  /** It lost what it held: it may be told less than it knew. */
  forget(machine: Machine): void {
    for (const key of this.accepted.keys()) if (key.startsWith(`${machine.name}/`)) this.accepted.delete(key);
  }

  private noteSecrets({ serverId, serviceId, revision }: Deployment): void {
    const spec = this.watch.cluster.truth.services.get(serviceId)?.revisions.get(revision);
    for (const { id } of spec?.secrets ?? []) this.mayKnow.add(`${serverId}/${id}`);
  }

  private secretsStay({ name, serverId, disk }: Machine): void {
    for (const reference of Object.keys(disk.expected.value?.answer.sealed ?? {})) {
      const secret = /^secret\/([^@]+)@/.exec(reference)?.[1];
      if (secret !== undefined && !this.mayKnow.has(`${serverId}/${secret}`))
        this.broken('secret told', `${name} was sent ${reference} and runs nothing that uses it`);
    }
  }
}
