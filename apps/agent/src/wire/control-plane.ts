/**
 * The control plane as this server reaches it: signed requests, each attempt signed anew, and answers that count only when
 * our control plane signed them over this request's nonce. What it says about time and sequence, signed, is taken up.
 */
import {
  answerToSign,
  ExpectedStateAnswer,
  formatEntityTag,
  type Generations,
  HEADERS,
  checkMessage,
  parseMessage,
  Problem,
  requestToSign,
  StatusAnswer,
  type StatusReport,
} from '@techulus/contract';
import { equalText, hmacSha256, sha256Hex } from '@techulus/keys';
import type { Clock, Random } from '@techulus/ports';
import type { Log } from '../log.ts';
import type { ControlPlane, Poll, Reported } from '../ports.ts';
import type { Sequence } from '../state/sequence.ts';
import type { HttpAnswer, Transport } from './transport.ts';

export interface ControlPlaneParts {
  readonly serverId: string;
  readonly secret: () => string;
  /** Our signature is refused: the secret may be another one by now. */
  readonly recover: () => void;
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly sequence: Sequence;
  readonly transport: Transport;
  readonly log: Log;
  /** The URLs that are known have changed. */
  readonly keepUrls: (urls: readonly string[]) => void;
}

const REPORT_TIMEOUT_MS = 5_000;
/** A clock that is this near counts as right. */
const SKEW_NOTED_MS = 1_000;
const ATTEMPTS = 3;

interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** An answer that is no success, or not from our control plane. */
export class ControlPlaneRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ControlPlaneRefused';
    this.code = code;
  }
}

function problemOf(answer: HttpAnswer): Problem | null {
  try {
    return parseMessage(Problem, JSON.parse(answer.body), 'tolerant');
  } catch {
    return null;
  }
}

function header(answer: HttpAnswer, name: string): string {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : '';
}

export class SignedControlPlane implements ControlPlane {
  private readonly parts: ControlPlaneParts;
  private urls: readonly string[];
  private offset = 0;

  constructor(parts: ControlPlaneParts) {
    this.parts = parts;
    this.urls = parts.urls;
  }

  clockOffsetMs(): number {
    return this.offset;
  }

  alsoAt(urls: readonly string[]): void {
    const valid = urls.filter((url) => URL.canParse(url));
    // What an operator gave stays, so that a wrong list cannot cut this server off.
    const known = [...new Set([...this.urls, ...valid])].filter(
      (url) => valid.includes(url) || this.parts.urls.includes(url),
    );
    if (known.toSorted().join(' ') === this.urls.toSorted().join(' ')) return;
    this.urls = known;
    this.parts.keepUrls(known);
  }

  async poll(held: Generations, waitSeconds: number, signal: AbortSignal): Promise<Poll> {
    const headers = {
      'if-none-match': formatEntityTag(held),
      prefer: `wait=${waitSeconds}`,
      accept: 'application/json',
    };
    const timeoutMs = (waitSeconds + 5) * 1000;
    const answer = await this.exchange(
      { method: 'GET', path: '/api/v1/agent/expected-state', headers, body: '', timeoutMs },
      signal,
    );
    if (answer.status === 304) return { kind: 'unchanged' };
    if (answer.status === 410) return { kind: 'removed' };
    return { kind: 'answer', answer: checkMessage(ExpectedStateAnswer, JSON.parse(answer.body)) };
  }

  async report(report: StatusReport): Promise<Reported> {
    const exchange = {
      method: 'POST',
      path: '/api/v1/agent/status',
      headers: {},
      timeoutMs: REPORT_TIMEOUT_MS,
    } as const;
    const answer = await this.exchange({ ...exchange, body: JSON.stringify(report) }, new AbortController().signal);
    if (answer.status === 410) return { kind: 'removed' };
    return { kind: 'answer', answer: parseMessage(StatusAnswer, JSON.parse(answer.body), 'tolerant') };
  }

  /** A proven success or 410; the next URL has its turn after a failure. */
  private async exchange(exchange: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.attempt(exchange, signal);
        if (answer !== 'again') return answer;
      } catch (error) {
        const [first, ...others] = this.urls;
        if (!signal.aborted && first !== undefined) this.urls = [...others, first];
        throw error;
      }
      if (attempt >= ATTEMPTS) throw new ControlPlaneRefused('refused', `refused ${ATTEMPTS} times in a row`);
    }
  }

  private async attempt(exchange: Exchange, signal: AbortSignal): Promise<HttpAnswer | 'again'> {
    const { clock, random, sequence, serverId, secret, transport } = this.parts;
    const url = new URL(exchange.path, this.urls[0] ?? '');
    const request = {
      server: serverId,
      timestamp: Math.round(clock.now() + this.offset),
      nonce: Buffer.from(random.bytes(16)).toString('hex'),
      sequence: exchange.method === 'POST' ? await sequence.next() : sequence.current(),
      method: exchange.method,
      path: `${url.pathname}${url.search}`,
      bodyHash: sha256Hex(exchange.body),
    };
    const headers = {
      ...exchange.headers,
      [HEADERS.server]: serverId,
      [HEADERS.timestamp]: String(request.timestamp),
      [HEADERS.nonce]: request.nonce,
      [HEADERS.sequence]: String(request.sequence),
      [HEADERS.signature]: hmacSha256(secret(), requestToSign(request)),
    };
    const answer = await transport({ ...exchange, url: url.href, headers }, signal);
    const signed = this.isSigned(answer, request.nonce);
    if (signed) this.noteTime(Number(header(answer, HEADERS.time)));
    return this.judge(answer, signed);
  }

  private isSigned(answer: HttpAnswer, nonce: string): boolean {
    const text = answerToSign({
      nonce,
      status: answer.status,
      time: Number(header(answer, HEADERS.time)),
      entityTag: header(answer, 'etag') || '-',
      bodyHash: sha256Hex(answer.body),
    });
    return equalText(header(answer, HEADERS.signature), hmacSha256(this.parts.secret(), text));
  }

  private noteTime(theirs: number): void {
    if (!Number.isSafeInteger(theirs)) return;
    const measured = Math.round(theirs - this.parts.clock.now());
    const offset = Math.abs(measured) < SKEW_NOTED_MS ? 0 : measured;
    if (Math.abs(offset - this.offset) >= SKEW_NOTED_MS) {
      this.parts.log.warn(`this server's clock is ${offset} ms from the control plane's; the offset is applied`);
    }
    this.offset = offset;
  }

  private async judge(answer: HttpAnswer, signed: boolean): Promise<HttpAnswer | 'again'> {
    if (answer.status < 400 && signed) return answer;
    const problem = problemOf(answer);
    if (!signed) {
      if (problem?.code === 'signature_invalid') this.parts.recover();
      throw refusal(answer, problem, ', not signed by it');
    }
    return this.heed(answer, problem);
  }

  /** What our control plane refused, and what it wants of us. */
  private async heed(answer: HttpAnswer, problem: Problem | null): Promise<HttpAnswer | 'again'> {
    const { sequence, serverId } = this.parts;
    if (problem === null) throw refusal(answer, problem);
    switch (problem.code) {
      case 'timestamp_stale':
        // The answer's time was taken up already.
        return 'again';
      case 'sequence_replayed':
        await sequence.goOnAfter(problem.highestSequence ?? 0);
        return 'again';
      case 'server_removed':
        if (answer.status === 410 && problem.serverId === serverId) return answer;
        throw refusal(answer, problem);
      default:
        throw refusal(answer, problem);
    }
  }
}

function refusal(answer: HttpAnswer, problem: Problem | null, more = ''): ControlPlaneRefused {
  const code = problem?.code ?? `http_${answer.status}`;
  const detail = problem?.detail === undefined ? '' : `: ${problem.detail}`;
  return new ControlPlaneRefused(code, `the control plane said ${answer.status} ${code}${detail}${more}`);
}
