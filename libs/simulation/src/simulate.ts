/** Runs a story to its end: the cluster comes up, things happen, faults end, everything must come to rest. */
import { Cluster, type Violation } from './cluster.ts';
import { calmDown, disturb } from './disturb.ts';
import { Operator } from './operator.ts';
import { checkTheEnd, whyNotAtRest } from './promises/of-the-end.ts';
import { LogPromises } from './promises/of-the-log.ts';
import { NamePromises } from './promises/of-the-names.ts';
import { WorldPromises } from './promises/of-the-world.ts';
import { Watch } from './promises/watch.ts';
import { endOf, type Fault, leavesContainersAlone, type Order, type Step, type Story } from './story.ts';

export interface Outcome {
  readonly story: Story;
  readonly violation: Violation | null;
  /** The log, one event a line. */
  readonly log: string;
  readonly events: number;
  /** What happened, in order. */
  readonly lines: readonly string[];
  /** Simulated milliseconds. */
  readonly ms: number;
}

const SETUP_MS = 14_000;
/** Everything has come to rest by then: longer than the longest backoff, and the deadline of a pull. */
const REST_WITHIN_MS = 900_000;
const DEADLINE_SLACK_MS = 45_000;

const ORDERS: ReadonlySet<Step['do']> = new Set<Step['do']>([
  'deploy',
  'roll out again',
  'scale',
  'cancel',
  'delete',
  'cordon',
  'uncordon',
  'drain',
  'remove',
  'add a server',
]);

function isOrder(step: Order | Fault): step is Order {
  return ORDERS.has(step.do);
}

class Simulation {
  private readonly cluster: Cluster;
  private readonly operator: Operator;
  private readonly watch: Watch;
  private readonly log: LogPromises;
  private readonly world: WorldPromises;
  private readonly names: NamePromises;
  private readonly story: Story;
  private lookedAt = 0;

  constructor(story: Story) {
    this.story = story;
    this.cluster = new Cluster(story);
    this.operator = new Operator(this.cluster);
    this.watch = new Watch(this.cluster);
    this.log = new LogPromises(this.watch);
    this.world = new WorldPromises(this.watch);
    this.names = new NamePromises(this.watch, leavesContainersAlone(story));
    this.cluster.onEvent = (event, before) => this.log.onEvent(event, before);
  }

  private readonly afterEach = (): void => {
    const now = this.cluster.clock.monotonic();
    const look = now - this.lookedAt >= 1_000;
    if (look) this.lookedAt = now;
    if (look) this.log.deadlinesStrike(DEADLINE_SLACK_MS);
    if (!this.cluster.dirty && !look) return;
    this.cluster.dirty = false;
    this.watchNewMachines();
    this.watch.noteSilence();
    this.world.check();
    this.names.check();
  };

  private watched = 0;
  private watchNewMachines(): void {
    for (const machine of this.cluster.machines.slice(this.watched)) {
      machine.podman.onSignal = (containerId) => this.names.onSignal(machine, containerId);
      this.watched += 1;
    }
  }

  private async pass(ms: number): Promise<void> {
    const { clock } = this.cluster;
    const until = clock.monotonic() + ms;
    while (clock.monotonic() < until && this.cluster.violation === null)
      await clock.pass(Math.min(1_000, until - clock.monotonic()), this.afterEach);
  }

  private async setUp(): Promise<void> {
    const { cluster, operator, story } = this;
    for (let index = 0; index < story.apis; index += 1) void cluster.startApi(index);
    await this.pass(1_000);
    for (let index = 0; index < story.servers; index += 1) void operator.addServer();
    await this.pass(3_000);
    const services = async (): Promise<void> => {
      for (const [index, service] of story.services.entries()) await operator.addService(`service-${index}`, service);
    };
    void services();
    await this.pass(SETUP_MS - 4_000);
  }

  private begin(step: Step): void {
    const { cluster } = this;
    cluster.note(`>>> ${JSON.stringify(step)}`);
    if (isOrder(step)) return void this.operator.give(step);
    if (step.do === 'lose state') {
      const machine = cluster.machines[step.server];
      if (machine !== undefined) this.world.forget(machine);
    }
    const end = disturb(cluster, step);
    cluster.dirty = true;
    if ('ms' in step) cluster.clock.after(step.ms, () => (end(), cluster.note(`<<< ${step.do} ends`)));
  }

  private async rest(): Promise<void> {
    calmDown(this.cluster);
    await this.pass(2_000);
    void this.operator.openAll();
    const { clock } = this.cluster;
    const until = clock.monotonic() + REST_WITHIN_MS;
    let why: string | null = 'time has not passed yet';
    for (let second = 0; this.cluster.violation === null && why !== null && clock.monotonic() < until; second += 1) {
      await this.pass(1_000);
      if (second % 30 === 0) void this.operator.mend();
      why = whyNotAtRest(this.watch);
    }
    if (why !== null) this.cluster.broken('no rest', why);
  }

  async run(): Promise<Outcome> {
    const { cluster, story } = this;
    await this.setUp();
    for (const step of story.steps) cluster.clock.after(step.at, () => this.begin(step));
    await this.pass(endOf(story) + 2_000);
    await this.rest();
    if (cluster.violation === null) await checkTheEnd(this.watch, this.operator.accepted);
    const { violation, lines } = cluster;
    for (const api of cluster.apis.values()) api.process.kill();
    for (const machine of cluster.machines) machine.kill();
    const events = cluster.truth.position;
    return { story, violation, log: cluster.eventLog(), events, lines, ms: cluster.clock.monotonic() };
  }
}

export function simulate(story: Story): Promise<Outcome> {
  return new Simulation(story).run();
}
