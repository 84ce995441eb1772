/** The whole: a database, one or two processes of the control plane, machines with their agents, and the truth as the log tells it. */
import { recorded } from '@techulus/api/cluster/event-types.ts';
import { type ClusterState, emptyCluster, evolve, type Recorded } from '@techulus/domain';
import { type DeliveryFaults, MemoryDatabase, MemoryJobs, type StoredEvent } from '@techulus/event-store';
import { sha256Hex } from '@techulus/keys';
import { ApiProcess, ApiTrouble } from './api-process.ts';
import { Machine } from './machine.ts';
import type { Reachable } from './network.ts';
import { SeededRandom } from './seeded-random.ts';
import type { Story } from './story.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A promise that was broken. `code` names it, so that a shorter story can be said to break the same one. */
export interface Violation {
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

const LINES_KEPT = 4_000;

export class Cluster {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly jobFaults: { copies: number; lateMs: number } = { copies: 1, lateMs: 0 };
  readonly database: MemoryDatabase;
  readonly apis = new Map<string, ApiProcess>();
  readonly troubles: readonly ApiTrouble[];
  readonly machines: Machine[] = [];
  readonly urls: readonly string[];
  /** What the log says, folded event by event. */
  readonly truth: ClusterState = emptyCluster();
  readonly lines: string[] = [];
  violation: Violation | null = null;
  /** Something in the world has changed since it was last looked at. */
  dirty = true;
  /** When some process of the control plane last began, or ceased, to be reachable. */
  disturbedAt = 0;
  onEvent: (event: Recorded, before: ClusterState) => void = () => undefined;
  readonly names: readonly string[];

  constructor(story: Story) {
    const { clock } = this;
    this.random = new SeededRandom(`world ${story.seed}`, () => clock.now());
    this.names = Array.from({ length: story.apis }, (_, index) => `api-${index + 1}`);
    this.troubles = this.names.map(() => new ApiTrouble());
    this.urls = this.names.map((name) => `http://${name}:7480`);
    const jobs = new MemoryJobs(clock, clock, this.deliveryFaults());
    this.database = new MemoryDatabase(clock, sha256Hex, jobs);
    this.database.onCommit(() => this.follow());
  }

  private deliveryFaults(): DeliveryFaults {
    const random = this.random.of('jobs');
    return {
      copies: () => (this.jobFaults.copies > 1 && random.chance(0.5) ? this.jobFaults.copies : 1),
      lateMs: () => (this.jobFaults.lateMs > 0 ? random.between(0, this.jobFaults.lateMs) : 0),
    };
  }

  note(line: string): void {
    this.lines.push(`${(this.clock.monotonic() / 1000).toFixed(3).padStart(9)}  ${line}`);
    if (this.lines.length > LINES_KEPT) this.lines.splice(0, LINES_KEPT / 2);
  }

  /** The first broken promise is the one that is told. */
  broken(code: string, message: string): void {
    if (this.violation !== null) return;
    this.note(`BROKEN ${code}: ${message}`);
    this.violation = { code, message, at: this.clock.monotonic() };
  }

  private follow(): void {
    const events = this.database.read({ after: this.truth.position, limit: 10_000 });
    for (const stored of events) this.take(stored);
    this.dirty = true;
  }

  private take(stored: StoredEvent): void {
    const event = recorded(stored);
    this.note(`${event.position} ${event.stream} ${event.type} ${shorten(JSON.stringify(event.data))}`);
    this.onEvent(event, this.truth);
    evolve(this.truth, event);
  }

  async startApi(index: number): Promise<void> {
    const name = this.names[index] ?? '';
    const trouble = this.troubles[index];
    if (trouble === undefined || this.apis.get(name)?.process.alive === true) return;
    const { clock, database, urls } = this;
    const random = this.random.of(`${name} ${this.clock.monotonic()}`);
    const onError = (message: string): void => this.broken('internal error', `${name}: ${message}`);
    const api = new ApiProcess({ name, clock, random, database, urls, onError }, trouble);
    this.apis.set(name, api);
    api.process.onEnd(() => {
      this.note(`${name} is killed`);
      this.disturbedAt = this.clock.monotonic();
    });
    await api.start();
    this.disturbedAt = this.clock.monotonic();
    this.note(`${name} listens`);
  }

  addMachine(): Machine {
    const number = this.machines.length + 1;
    const name = `node-${number}`;
    const machine = new Machine({
      name,
      number,
      clock: this.clock,
      random: this.random.of(name),
      apis: this.apis as ReadonlyMap<string, Reachable>,
      urls: this.urls,
      note: (line) => this.note(line),
    });
    machine.podman.onChange = machine.sections.onChange = () => void (this.dirty = true);
    this.machines.push(machine);
    return machine;
  }

  /** A process that would answer now. */
  anyApi(): ApiProcess | undefined {
    return [...this.apis.values()].find((api) => api.process.alive && api.listening);
  }

  eventLog(): string {
    return this.database
      .read({ after: 0, limit: Number.MAX_SAFE_INTEGER })
      .map((event) => JSON.stringify(event))
      .join('\n');
  }
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
