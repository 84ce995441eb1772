/** What must hold of every event, seen with the cluster as it was a moment before. */
import {
  type ClusterState,
  type Deployment,
  idOf,
  isEnded,
  type LiveStage,
  type Recorded,
  stageDeadlineSeconds,
} from '@techulus/domain';
import type { Watch } from './watch.ts';

const ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'rolled_back', 'cancelled', 'superseded']);

function deadlineMs(cluster: ClusterState, deployment: Deployment): number | null {
  const service = cluster.services.get(deployment.serviceId);
  if (service === undefined) return null;
  const seconds = stageDeadlineSeconds(service, deployment.revision, deployment.stage as LiveStage);
  return seconds === null ? null : seconds * 1000;
}

export class LogPromises {
  private readonly ended = new Set<string>();
  /** When each deployment entered its stage, by time that does not jump. */
  private readonly enteredAt = new Map<string, number>();
  private readonly watch: Watch;

  constructor(watch: Watch) {
    this.watch = watch;
  }

  onEvent(event: Recorded, before: ClusterState): void {
    this.oneEnd(event);
    this.oneAtATime(event, before);
    if (event.type === 'server.registered') this.ownSubnet(event.data.subnetId, event.stream, before);
    if (event.type === 'server.went_offline') this.silentInEarnest(before, idOf(event.stream), event.at);
    if (event.type === 'deployment.created') this.ownAddress(event.data.address, event.stream, before);
    if (event.type === 'deployment.address_released') this.freed(before, idOf(event.stream));
    if (event.type === 'deployment.stop_requested') this.stopsUnnamed(before, idOf(event.stream), event.at);
    this.deadlines(event, before);
  }

  private deadlines(event: Recorded, before: ClusterState): void {
    if (event.type === 'deployment.created' || event.type === 'deployment.stage_entered')
      this.enteredAt.set(idOf(event.stream), this.watch.cluster.clock.monotonic());
    if (event.type !== 'deployment.failed' && event.type !== 'deployment.leaving') return;
    this.notBeforeItsTime(event.data.failure?.message ?? '', event, before);
  }

  /** How long its stage has lasted while the control plane could hear, by whichever clock says less. */
  private heardMs(deployment: Deployment, now: number): number {
    const passed = this.watch.cluster.clock.monotonic() - (this.enteredAt.get(deployment.id) ?? 0);
    return Math.min(passed, now - Math.max(deployment.stageAt, this.watch.hearingSince()));
  }

  private broken(code: string, message: string): void {
    this.watch.cluster.broken(code, message);
  }

  private oneEnd(event: Recorded): void {
    const [noun, what = ''] = event.type.split('.');
    if (noun !== 'rollout') return;
    if (this.ended.has(event.stream))
      this.broken('two ends', `${event.stream} goes on with ${event.type} after its end`);
    if (ENDS.has(what)) this.ended.add(event.stream);
  }

  private oneAtATime(event: Recorded, before: ClusterState): void {
    if (event.type !== 'rollout.started') return;
    const own = before.rollouts.get(idOf(event.stream));
    for (const other of before.rollouts.values()) {
      if (other.id === own?.id || other.serviceId !== own?.serviceId || other.status !== 'in_progress') continue;
      this.broken('two rollouts', `${event.stream} started while ${other.id} of the same service is in progress`);
    }
    if (own !== undefined && isEnded(own)) this.broken('two ends', `${event.stream} started after its end`);
  }

  /** Nobody else has it, nobody answers it under another name, and no container stands on it. */
  private ownAddress(address: string, stream: string, before: ClusterState): void {
    for (const other of before.deployments.values())
      if (other.address === address) this.broken('address twice', `${address} of ${stream} is held by ${other.id}`);
    for (const { machine } of this.watch.members()) {
      if (machine.sections.dns.addresses.includes(address))
        this.broken('address still named', `${address} was given to ${stream} while ${machine.name} still names it`);
      if (machine.podman.ours().some((container) => container.address === address))
        this.broken(
          'address still used',
          `${address} was given to ${stream} while a container on ${machine.name} has it`,
        );
    }
  }

  /** An address becomes free when nobody names it and nothing stands on it. */
  private freed(before: ClusterState, id: string): void {
    const deployment = before.deployments.get(id);
    if (deployment === undefined) return;
    for (const { machine, id: server } of this.watch.members()) {
      const { address } = deployment;
      if (machine.sections.dns.addresses.includes(address))
        this.broken('freed while named', `${address} of ${id} became free while ${machine.name} names it`);
      if (server === deployment.serverId && machine.podman.ours().some((container) => container.address === address))
        this.broken('freed while used', `${address} of ${id} became free while a container on ${machine.name} has it`);
    }
  }

  /** Silence counts only while somebody could hear. */
  private silentInEarnest(before: ClusterState, id: string, now: number): void {
    const seenAt = Math.max(this.watch.presence(id)?.seenAt ?? 0, this.watch.hearingSince());
    const { offlineAfterMs } = before.settings;
    const silent = this.watch.members().filter(({ id: other }) => {
      const heardAt = Math.max(this.watch.presence(other)?.seenAt ?? now, this.watch.hearingSince());
      return before.servers.get(other)?.offlineAt === null && now - heardAt >= offlineAfterMs;
    });
    if (silent.length * 2 > this.watch.members().length && silent.length > 1)
      this.broken('evicted together', `${id} was called offline while ${silent.length} servers fell silent together`);
    if (now - seenAt < offlineAfterMs)
      this.broken('evicted too early', `${id} was called offline ${now - seenAt} ms after it could last be heard`);
  }

  private ownSubnet(subnetId: number, stream: string, before: ClusterState): void {
    for (const other of before.servers.values()) {
      if (other.removed || other.id === idOf(stream) || other.registration?.subnetId !== subnetId) continue;
      this.broken('subnet twice', `subnet ${subnetId} was given to ${stream} while ${other.name} has it`);
    }
  }

  /** SIGTERM is asked for only when nobody that is heard has named it for a record's time to live. */
  private stopsUnnamed(before: ClusterState, id: string, now: number): void {
    const deployment = before.deployments.get(id);
    if (deployment?.leaving == null) return;
    for (const { machine, id: server } of this.watch.members()) {
      if (!this.watch.wasHeardSince(server, Math.min(deployment.leaving.at, now - 5_000))) continue;
      if (machine.sections.namedWithin(deployment.address, 4_900))
        this.broken(
          'stopped while named',
          `${id} is stopped while ${machine.name} names ${deployment.address}, or did 5 s ago`,
        );
    }
  }

  /** A deadline strikes no earlier than promised, and not for the time in which nobody could hear. */
  private notBeforeItsTime(message: string, event: Recorded, before: ClusterState): void {
    if (!/took too long/.test(message)) return;
    const deployment = before.deployments.get(idOf(event.stream));
    const ms = deployment === undefined ? null : deadlineMs(before, deployment);
    if (deployment === undefined) return;
    const heard = this.heardMs(deployment, event.at);
    if (ms === null || heard < ms - 100)
      this.broken('deadline too early', `${event.stream}: ${deployment.stage} was given ${heard} ms of ${ms ?? 'any'}`);
  }

  /** A deadline that has passed strikes: called every second. */
  deadlinesStrike(slackMs: number): void {
    const { truth, clock, disturbedAt } = this.watch.cluster;
    if (clock.monotonic() - disturbedAt < slackMs || this.watch.cluster.anyApi() === undefined) return;
    for (const deployment of truth.deployments.values()) {
      if (deployment.leaving !== null) continue;
      const ms = deadlineMs(truth, deployment);
      if (ms !== null && this.heardMs(deployment, clock.now()) > ms + slackMs)
        this.broken('deadline lost', `${deployment.id} has been ${deployment.stage} for longer than ${ms} ms`);
    }
  }
}
