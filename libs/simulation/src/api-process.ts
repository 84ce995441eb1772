/**
 * One process of the control plane: the code that ships from the fold to the signed answer, on the event log's twin in
 * memory. Left out is what needs real sockets or PostgreSQL: REST, read models, the listener's wake-up.
 */
import { openWireServer } from '@techulus/api/agent-wire/open-wire-server.ts';
import type { Exchanged } from '@techulus/api/agent-wire/wire-answer.ts';
import type { WireRequest } from '@techulus/api/agent-wire/wire-request.ts';
import type { WireServer } from '@techulus/api/agent-wire/wire-server.ts';
import { ensureCluster } from '@techulus/api/cluster/first-event.ts';
import { LiveCluster } from '@techulus/api/cluster/live-cluster.ts';
import { Commands } from '@techulus/api/commands/execute.ts';
import { Jobs } from '@techulus/api/jobs/jobs.ts';
import { Ciphertexts } from '@techulus/api/keys/ciphertexts.ts';
import { ControlPlaneKey } from '@techulus/api/keys/control-plane-key.ts';
import { MasterKey } from '@techulus/api/keys/master-key.ts';
import type { Log } from '@techulus/api/log.ts';
import { Hearing } from '@techulus/api/presence/hearing.ts';
import { type CommitPoints, type EventStore, type MemoryDatabase, MemoryEventStore } from '@techulus/event-store';
import { sleep } from '@techulus/ports';
import type { Reachable } from './network.ts';
import { SimulatedProcess } from './process.ts';
import type { SeededRandom } from './seeded-random.ts';
import { keyPairOf } from './system-keys.ts';
import type { VirtualClock } from './virtual-clock.ts';

export type ApiPoint = 'before commit' | 'after commit' | 'before reply';
const NEVER = new Promise<never>(() => undefined);

export interface ApiParts {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly database: MemoryDatabase;
  readonly urls: readonly string[];
  /** What it says went wrong; a simulation has no honest reason for one. */
  readonly onError: (message: string) => void;
}

/** How it is disturbed; shared by the processes that follow one another under a name. */
export class ApiTrouble {
  /** It is killed the next time it comes here. */
  killAt: ApiPoint | null = null;
  /** Commits wait for so long, at most. */
  slowCommitsMs = 0;
  /** The fold lags by so long, at most. */
  lagMs = 0;
}

export class ApiProcess implements Reachable {
  readonly process: SimulatedProcess;
  readonly commands: Commands;
  readonly live: LiveCluster;
  readonly controlPlaneKey = new ControlPlaneKey(keyPairOf('ed25519', 'control plane'));
  readonly ciphertexts: Ciphertexts;
  listening = false;
  private readonly parts: ApiParts;
  private readonly trouble: ApiTrouble;
  private readonly store: EventStore;
  private readonly hearing: Hearing;
  private readonly wire: WireServer;
  private readonly jobs: Jobs;

  constructor(parts: ApiParts, trouble: ApiTrouble) {
    this.parts = parts;
    this.trouble = trouble;
    const { clock, database, urls } = parts;
    this.process = new SimulatedProcess(clock);
    const { timers } = this.process;
    const random = parts.random;
    const log = this.log();
    this.store = this.openStore();
    const { store } = this;
    const base = { store, clock, timers, log };
    this.hearing = new Hearing(base);
    this.live = new LiveCluster(base);
    const { hearing, live } = this;
    this.commands = new Commands({ store, live, clock, timers, random, hearing });
    const { commands } = this;
    this.ciphertexts = new Ciphertexts(store.rows, new MasterKey(Buffer.alloc(32, 7), random));
    const { ciphertexts, controlPlaneKey } = this;
    this.wire = openWireServer({
      ...base,
      live,
      random,
      ciphertexts,
      controlPlaneKey,
      commands,
      hearing,
      config: { urls },
    });
    const queue = database.jobs.connect();
    this.process.onEnd(() => queue.crash());
    this.jobs = new Jobs({ ...base, queue, live, commands, hearing });
  }

  private log(): Log {
    const error: Log['error'] = (fields, message) => {
      const { err } = fields as { err?: unknown };
      if (this.process.alive)
        this.parts.onError(`${message}${err instanceof Error ? `: ${err.stack ?? err.message}` : ''}`);
    };
    const nothing = (): void => undefined;
    return { debug: nothing, info: nothing, warn: nothing, error };
  }

  private openStore(): EventStore {
    const { clock, database, random } = this.parts;
    const { process, trouble } = this;
    const { timers } = process;
    const points: CommitPoints = {
      beforeCommit: async () => {
        if (trouble.slowCommitsMs > 0) await sleep(timers, random.between(0, trouble.slowCommitsMs));
        await this.pass('before commit');
      },
      afterCommit: () => this.pass('after commit'),
    };
    const inner = new MemoryEventStore({ database, clock, timers, points });
    process.onEnd(() => inner.crash());
    const rows = process.port(inner.rows);
    const subscribe: EventStore['subscribe'] = (after, onEvents) =>
      inner.subscribe(after, async (events) => {
        if (trouble.lagMs > 0) await sleep(timers, random.between(0, trouble.lagMs));
        await onEvents(events);
      });
    return process.port<EventStore>(inner, { rows, subscribe });
  }

  /** A point at which it may be killed. */
  private async pass(point: ApiPoint): Promise<void> {
    if (this.trouble.killAt === point) {
      this.trouble.killAt = null;
      this.process.kill();
    }
    if (!this.process.alive) await NEVER;
  }

  async start(): Promise<void> {
    await ensureCluster(this.store);
    await this.hearing.start();
    await this.live.start();
    await this.jobs.start();
    this.listening = true;
  }

  async exchange(request: WireRequest): Promise<Exchanged> {
    const answer = await this.process.guard(this.wire.exchange(request));
    await this.pass('before reply');
    if (answer.status >= 500 && answer.status !== 503) this.parts.onError(`an agent was answered ${answer.body}`);
    return answer;
  }
}
