/**
 * Whether the processes of running containers are there. A container that has just ended is still called running for a moment;
 * one whose conmon was killed with it is called so for good, and no event tells.
 */
import type { Clock } from '@techulus/ports';
import type { PodmanContainer } from './podman.ts';

const LOST_AFTER_MS = 1_000;

export class Processes {
  private readonly missingSince = new Map<string, number>();
  private pids: readonly number[] = [];
  private readonly exists: (pid: number) => boolean;
  private readonly clock: Clock;

  constructor(exists: (pid: number) => boolean, clock: Clock) {
    this.exists = exists;
    this.clock = clock;
  }

  /** True once the process has been missing for longer than Podman takes to notice an end. */
  isLost(containerId: string, pid: number): boolean {
    if (this.exists(pid)) {
      this.missingSince.delete(containerId);
      return false;
    }
    const since = this.missingSince.get(containerId) ?? this.clock.monotonic();
    this.missingSince.set(containerId, since);
    return this.clock.monotonic() - since >= LOST_AFTER_MS;
  }

  /** These are what `someMissing` looks for. */
  watch(containers: readonly PodmanContainer[]): void {
    const running = containers.filter((container) => container.state === 'running');
    this.pids = running.map((container) => container.pid);
    const ids = new Set(running.map((container) => container.id));
    for (const id of this.missingSince.keys()) if (!ids.has(id)) this.missingSince.delete(id);
  }

  /** Cheap enough to ask twice a second. */
  someMissing(): boolean {
    return this.pids.some((pid) => !this.exists(pid));
  }
}
