/**
 * The agents' three endpoints, in front of Express: read → authenticate → poll, report or register → signed answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timers } from '@techulus/ports';
import { hmacSha256 } from '@techulus/keys';
import type { FrontHandler } from '../front.ts';
import type { ControlPlaneKey } from '../keys/control-plane-key.ts';
import type { Log } from '../log.ts';
import { type AuthenticateParts, type Caller, identify, knownCaller, requireCurrent } from './authenticate.ts';
import type { Poll } from './poll.ts';
import type { Register } from './register.ts';
import type { Report } from './report.ts';
import { type Exchanged, exchanged, problemAnswer, sendAnswer, type Signing, type WireAnswer } from './wire-answer.ts';
import { refusalOf, WireRefused } from './wire-refused.ts';
import { hasBody, readRequest, type WireRequest } from './wire-request.ts';

const PREFIX = '/api/v1/agent/';
const POLL_PATH = '/api/v1/agent/expected-state';
/** A body that does not come in this time is a stuck or hostile client. */
const READ_WITHIN_MS = 20_000;

export interface WireServerParts {
  readonly authenticate: AuthenticateParts;
  readonly poll: Poll;
  readonly report: Report;
  readonly register: Register;
  readonly controlPlaneKey: ControlPlaneKey;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface Endpoint {
  answer(caller: Caller, request: WireRequest): Promise<WireAnswer>;
}

class SecretSigning implements Signing {
  constructor(
    readonly nonce: string,
    private readonly secret: string,
  ) {}

  sign(text: string): string {
    return hmacSha256(this.secret, text);
  }
}

interface Answered {
  answer: WireAnswer;
  signing: Signing | undefined;
}

export class WireServer {
  private stopping = false;
  private readonly waiting = new Set<AbortController>();
  private readonly endpoints: ReadonlyMap<string, Endpoint>;

  constructor(private readonly parts: WireServerParts) {
    this.endpoints = new Map<string, Endpoint>([
      [`GET ${POLL_PATH}`, parts.poll],
      ['POST /api/v1/agent/status', parts.report],
    ]);
  }

  readonly handle: FrontHandler = (incoming, response) => {
    if (incoming.url?.startsWith(PREFIX) !== true) return false;
    void this.serve(incoming, response);
    return true;
  };

  /** One exchange without HTTP around it. */
  async exchange(request: WireRequest): Promise<Exchanged> {
    const { answer, signing } = await this.answer(request);
    return exchanged(answer, { signing, time: this.parts.clock.now(), acceptsGzip: false, last: false });
  }

  /** Polls in flight are answered now: 304, or what has changed. */
  stop(): void {
    this.stopping = true;
    for (const waiting of this.waiting) waiting.abort();
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reading = this.read(incoming, response);
      const request = reading instanceof Promise ? await reading : reading;
      const atOnce = this.atOnce(request);
      if (atOnce !== undefined) return await this.send(incoming, response, atOnce);
      await this.send(incoming, response, await this.answer(request));
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === null) return void response.destroy(); // the client has gone
      await this.send(incoming, response, { answer: problemAnswer(refused), signing: undefined });
    }
  }

  private read(incoming: IncomingMessage, response: ServerResponse): WireRequest | Promise<WireRequest> {
    const request = readRequest(incoming, () => this.whileWanted(response));
    if (!(request instanceof Promise)) return request;
    const deadline = this.parts.timers.after(READ_WITHIN_MS, () => incoming.destroy());
    return request.finally(() => deadline.cancel());
  }

  /** Aborts when the client goes, or when this process stops. */
  private whileWanted(response: ServerResponse): AbortSignal {
    const waiting = new AbortController();
    if (this.stopping || response.closed || response.destroyed) {
      waiting.abort();
      return waiting.signal;
    }
    this.waiting.add(waiting);
    response.once('close', () => {
      this.waiting.delete(waiting);
      waiting.abort();
    });
    return waiting.signal;
  }

  private send(incoming: IncomingMessage, response: ServerResponse, { answer, signing }: Answered): Promise<void> {
    const acceptsGzip = /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''));
    // What was not read to its end cannot be followed by another request.
    const last = this.stopping || (hasBody(incoming) && !incoming.complete);
    return sendAnswer(response, answer, { signing, time: this.parts.clock.now(), acceptsGzip, last });
  }

  /** Most requests by far: a poll of a known server for what it holds. What is anything else goes the long way. */
  private atOnce(request: WireRequest): Answered | undefined {
    if (request.method !== 'GET' || request.path !== POLL_PATH) return undefined;
    try {
      const { authenticate, clock, poll } = this.parts;
      const caller = knownCaller(authenticate, request);
      if (caller === undefined) return undefined;
      requireCurrent(caller, clock.now());
      const answer = poll.unchanged(caller, request);
      const signing = new SecretSigning(caller.headers.nonce, caller.secret);
      return answer === undefined ? undefined : { answer, signing };
    } catch {
      return undefined; // the long way says why
    }
  }

  private async answer(request: WireRequest): Promise<Answered> {
    const query = request.path.indexOf('?');
    const route = `${request.method} ${query < 0 ? request.path : request.path.slice(0, query)}`;
    if (route === 'POST /api/v1/agent/register') return this.register(request);
    const endpoint = this.endpoints.get(route);
    if (endpoint === undefined) {
      const refused = new WireRefused(404, 'not_found', `agents are not answered at ${route}`);
      return { answer: problemAnswer(refused), signing: undefined };
    }
    let signing: Signing | undefined;
    try {
      const caller = await identify(this.parts.authenticate, request);
      signing = new SecretSigning(caller.headers.nonce, caller.secret);
      requireCurrent(caller, this.parts.clock.now());
      return { answer: await endpoint.answer(caller, request), signing };
    } catch (error) {
      return { answer: this.problem(route, error), signing };
    }
  }

  private async register(request: WireRequest): Promise<Answered> {
    const nonce = request.header('techulus-nonce') ?? '';
    const signing = { nonce, sign: (text: string) => this.parts.controlPlaneKey.sign(text) };
    const answer = await this.parts.register.answer(request).catch((error: unknown) => this.problem('register', error));
    return { answer, signing: /^[0-9a-f]{32}$/.test(nonce) ? signing : undefined };
  }

  private problem(route: string, error: unknown): WireAnswer {
    const refused = refusalOf(error);
    if (refused !== null) return problemAnswer(refused);
    this.parts.log.error({ err: error, route }, 'an agent could not be answered');
    return problemAnswer(
      new WireRefused(500, 'internal_error', 'the control plane failed to answer; its log says why'),
    );
  }
}
