/** What lies between an agent and the control plane: delays, losses, duplicates, cuts in one or both directions. */
import type { HttpAnswer, Transport } from '@techulus/agent/wire/transport.ts';
import type { Exchanged } from '@techulus/api/agent-wire/wire-answer.ts';
import type { WireRequest } from '@techulus/api/agent-wire/wire-request.ts';
import type { SimulatedProcess } from './process.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface Weather {
  readonly loss: number;
  readonly duplicates: number;
  readonly delayMs: readonly [number, number];
}

export const CALM: Weather = { loss: 0, duplicates: 0, delayMs: [1, 4] };

/** The way of one machine. */
export class Link {
  weather: Weather = CALM;
  /** Cut towards the control plane, or back from it. */
  readonly cut = { out: false, back: false };
  readonly random: SeededRandom;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  get isOpen(): boolean {
    return !this.cut.out && !this.cut.back;
  }

  delay(): number {
    return this.random.between(...this.weather.delayMs);
  }

  loses(direction: 'out' | 'back'): boolean {
    return this.cut[direction] || this.random.chance(this.weather.loss);
  }
}

/** A control plane's process as the network reaches it. */
export interface Reachable {
  readonly process: SimulatedProcess;
  /** False while it starts. */
  readonly listening: boolean;
  exchange(request: WireRequest): Promise<Exchanged>;
}

export interface Wanted {
  readonly link: Link;
  /** The agent's. */
  readonly process: SimulatedProcess;
  readonly apis: ReadonlyMap<string, Reachable>;
  readonly clock: VirtualClock;
}

function requestOf(request: Parameters<Transport>[0], signal: AbortSignal): WireRequest {
  const { pathname, search } = new URL(request.url);
  const { method, headers, body } = request;
  return { method, path: `${pathname}${search}`, body: Buffer.from(body), header: (name) => headers[name], signal };
}

/** One request on its way: settled once, by an answer, a refusal, or the end of patience. */
class Flight {
  private settled = false;
  private readonly offs: (() => void)[] = [];
  private readonly gone = new AbortController();
  private readonly wanted: Wanted;
  private readonly resolve: (answer: HttpAnswer) => void;
  private readonly reject: (error: Error) => void;

  constructor(wanted: Wanted, resolve: (answer: HttpAnswer) => void, reject: (error: Error) => void) {
    this.wanted = wanted;
    this.resolve = resolve;
    this.reject = reject;
  }

  begin(request: Parameters<Transport>[0], signal: AbortSignal): void {
    const { process, link, clock } = this.wanted;
    const timer = process.timers.after(request.timeoutMs, () => this.end(new Error('the request timed out')));
    signal.addEventListener('abort', () => this.end(new Error('aborted')), { once: true });
    this.offs.push(
      process.onEnd(() => this.leave()),
      () => timer.cancel(),
    );
    const copies = link.random.chance(link.weather.duplicates) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (!link.loses('out')) clock.after(link.delay(), () => this.arrive(request));
    }
  }

  private arrive(request: Parameters<Transport>[0]): void {
    const api = this.wanted.apis.get(new URL(request.url).hostname);
    if (api?.process.alive !== true || !api.listening) return this.back(() => this.end(new Error('ECONNREFUSED')));
    this.offs.push(api.process.onEnd(() => this.back(() => this.end(new Error('ECONNRESET')))));
    api.exchange(requestOf(request, this.gone.signal)).then(
      (answer) => this.back(() => this.answer(answer)),
      () => this.back(() => this.end(new Error('ECONNRESET'))),
    );
  }

  private back(then: () => void): void {
    const { link, clock } = this.wanted;
    if (!this.settled && !link.loses('back')) clock.after(link.delay(), then);
  }

  private answer({ status, headers, body }: Exchanged): void {
    if (this.settle()) this.resolve({ status, headers, body });
  }

  private end(error: Error): void {
    if (this.settle()) this.reject(error);
  }

  private settle(): boolean {
    if (this.settled || !this.wanted.process.alive) return false;
    this.settled = true;
    this.leave();
    return true;
  }

  /** The other side finds out that nobody waits any more. */
  private leave(): void {
    for (const off of this.offs) off();
    this.wanted.clock.after(this.wanted.link.delay(), () => this.gone.abort());
  }
}

export function transportOf(wanted: Wanted): Transport {
  return (request, signal) =>
    new Promise((resolve, reject) => {
      if (wanted.process.alive) new Flight(wanted, resolve, reject).begin(request, signal);
    });
}
