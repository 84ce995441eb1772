/**
 * The agents' three endpoints, in front of Express: read → authenticate → poll, report or register → signed answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timers } from '@techulus/ports';
import { hmacSha256 } from '@techulus/keys';
import type { FrontHandler } from '../front.ts';
import type { ControlPlaneKey } from '../keys/control-plane-key.ts';
import type { Log } from '../log.ts';
import { type AuthenticateParts, type Caller, identify, requireCurrent } from './authenticate.ts';
import type { Poll } from './poll.ts';
import type { Register } from './register.ts';
import type { Report } from './report.ts';
import { type Exchanged, exchanged, problemAnswer, sendAnswer, type Signing, type WireAnswer } from './wire-answer.ts';
import { refusalOf, WireRefused } from './wire-refused.ts';
import { hasBody, readRequest, type WireRequest } from './wire-request.ts';

const PREFIX = '/api/v1/agent/';
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

type Endpoint = (caller: Caller, request: WireRequest) => Promise<WireAnswer>;

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
      ['GET /api/v1/agent/expected-state', (caller, request) => parts.poll.answer(caller, request)],
      ['POST /api/v1/agent/status', (caller, request) => parts.report.answer(caller, request)],
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
      const request = await this.read(incoming, response);
      await this.send(incoming, response, await this.answer(request));
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === null) return void response.destroy(); // the client has gone
      await this.send(incoming, response, { answer: problemAnswer(refused), signing: undefined });
    }
  }

  private async read(incoming: IncomingMessage, response: ServerResponse): Promise<WireRequest> {
    const signal = (): AbortSignal => this.whileWanted(response);
    if (!hasBody(incoming)) return readRequest(incoming, signal);
    const deadline = this.parts.timers.after(READ_WITHIN_MS, () => incoming.destroy());
    return readRequest(incoming, signal).finally(() => deadline.cancel());
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
    const answer = await this.orProblem(route, async () => {
      const caller = await identify(this.parts.authenticate, request);
      signing = { nonce: caller.headers.nonce, sign: (text) => hmacSha256(caller.secret, text) };
      requireCurrent(caller, this.parts.clock.now());
      return endpoint(caller, request);
    });
    return { answer, signing };
  }

  private async register(request: WireRequest): Promise<Answered> {
    const nonce = request.header('techulus-nonce') ?? '';
    const signing = { nonce, sign: (text: string) => this.parts.controlPlaneKey.sign(text) };
    const answer = await this.orProblem('register', () => this.parts.register.answer(request));
    return { answer, signing: /^[0-9a-f]{32}$/.test(nonce) ? signing : undefined };
  }

  private async orProblem(route: string, work: () => Promise<WireAnswer>): Promise<WireAnswer> {
    try {
      return await work();
    } catch (error) {
      const refused = refusalOf(error);
      if (refused !== null) return problemAnswer(refused);
      this.parts.log.error({ err: error, route }, 'an agent could not be answered');
      return problemAnswer(
        new WireRefused(500, 'internal_error', 'the control plane failed to answer; its log says why'),
      );
    }
  }
}
