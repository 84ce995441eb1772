import { answerToSign, HEADERS, requestToSign, type StatusReport } from '@techulus/contract';
import { hmacSha256, sha256Hex } from '@techulus/keys';
import { silentLog } from '../log.ts';
import { Sequence, type StoredSequence } from '../state/sequence.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { VirtualTime } from '../testing/virtual-time.ts';
import { SignedControlPlane } from './control-plane.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const PATH = '/api/v1/agent/expected-state';

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  /** False: as from somebody who does not know the secret. */
  readonly signed?: boolean;
  readonly time?: number;
  /** The nonce that is signed, if not the request's. */
  readonly nonce?: string;
}

type Respond = (request: HttpRequest, attempt: number) => Reply | Error;

async function world(respond: Respond, urls = ['http://one.test:7480']) {
  const time = new VirtualTime();
  const store = new MemoryStore<StoredSequence>();
  const sequence = new Sequence(store);
  await sequence.load();
  const requests: HttpRequest[] = [];
  const kept: (readonly string[])[] = [];
  let recovered = 0;
  const transport: Transport = (request) => {
    requests.push(request);
    const reply = respond(request, requests.length);
    if (reply instanceof Error) return Promise.reject(reply);
    return Promise.resolve(answerOf(request, reply, time.now()));
  };
  let nonces = 0;
  const random = { id: () => '', fraction: () => 0, bytes: () => Buffer.alloc(16, (nonces += 1)) };
  const controlPlane = new SignedControlPlane({
    serverId: 'me',
    secret: () => SECRET,
    recover: () => (recovered += 1),
    urls,
    clock: time,
    random,
    sequence,
    transport,
    log: silentLog,
    keepUrls: (known) => kept.push(known),
  });
  const poll = () => controlPlane.poll({}, 10, new AbortController().signal);
  const report = () => controlPlane.report({} as StatusReport);
  return { time, store, sequence, requests, kept, controlPlane, poll, report, recovered: () => recovered };
}

function answerOf(request: HttpRequest, { status, body, signed = true, time, nonce }: Reply, now: number): HttpAnswer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const at = time ?? now;
  const own = nonce ?? request.headers[HEADERS.nonce] ?? '';
  const toSign = answerToSign({ nonce: own, status, time: at, entityTag: '-', bodyHash: sha256Hex(text) });
  const signature = signed ? hmacSha256(SECRET, toSign) : 'none';
  return { status, headers: { [HEADERS.time]: String(at), [HEADERS.signature]: signature }, body: text };
}

function problem(status: number, code: string, more: Record<string, unknown> = {}): Reply {
  return { status, body: { type: 'about:blank', title: code, status, code, ...more } };
}

const OK = { status: 200, body: { resend: [] } };

describe('the signed wire', () => {
  it('signs each attempt anew over everything that matters', async () => {
    const { poll, requests } = await world(() => ({ status: 304 }));
    expect(await poll()).toEqual({ kind: 'unchanged' });
    await poll();
    const [first, second] = requests.map(({ headers }) => headers);
    const request = {
      server: 'me',
      timestamp: Number(first?.[HEADERS.timestamp]),
      nonce: '01'.repeat(16),
      sequence: 0,
      method: 'GET',
      path: PATH,
      bodyHash: sha256Hex(''),
    };
    expect(first?.[HEADERS.signature]).toBe(hmacSha256(SECRET, requestToSign(request)));
    expect(second?.[HEADERS.nonce]).not.toBe(first?.[HEADERS.nonce]);
    expect(requests[0]?.headers).toMatchObject({ prefer: 'wait=10', 'if-none-match': '"-;-;-;-"' });
  });

  it('believes no answer that is unsigned, or signed for another request', async () => {
    const unsigned = await world(() => ({ status: 304, signed: false }));
    await expect(unsigned.poll()).rejects.toThrow('not signed by it');
    const replayed = await world(() => ({ status: 304, nonce: 'ff'.repeat(16) }));
    await expect(replayed.poll()).rejects.toThrow('not signed by it');
  });

  it('leaves only on a signed 410 that names this server', async () => {
    const named = await world(() => problem(410, 'server_removed', { serverId: 'me' }));
    expect(await named.poll()).toEqual({ kind: 'removed' });
    const other = await world(() => problem(410, 'server_removed', { serverId: 'another' }));
    await expect(other.poll()).rejects.toMatchObject({ code: 'server_removed' });
    const unsigned = await world(() => ({ ...problem(410, 'server_removed', { serverId: 'me' }), signed: false }));
    await expect(unsigned.poll()).rejects.toThrow('not signed by it');
  });

  it('takes up the time of a signed timestamp_stale and tries again with it', async () => {
    const theirs = 1_800_000_000_000 + 3_600_000;
    const { controlPlane, poll, requests } = await world((_, attempt) =>
      attempt === 1
        ? { ...problem(401, 'timestamp_stale', { serverTime: theirs }), time: theirs }
        : { status: 304, time: theirs },
    );
    await poll();
    expect(controlPlane.clockOffsetMs()).toBe(3_600_000);
    expect(Number(requests[1]?.headers[HEADERS.timestamp])).toBe(theirs);
  });

  it('goes on after the highest sequence that a signed 409 names', async () => {
    const { report, requests, store } = await world((_, attempt) =>
      attempt === 1 ? problem(409, 'sequence_replayed', { highestSequence: 5_000 }) : OK,
    );
    await report();
    expect(requests.map(({ headers }) => Number(headers[HEADERS.sequence]))).toEqual([1, 5_001]);
    expect(store.value?.reserved).toBeGreaterThan(5_001);
  });

  it('never uses a sequence twice over restarts, and writes it rarely', async () => {
    const { report, requests, store } = await world(() => OK);
    await report();
    await report();
    expect(requests.map(({ headers }) => headers[HEADERS.sequence])).toEqual(['1', '2']);
    expect(store.saves).toBe(1);
    const again = new Sequence(store);
    await again.load();
    expect(await again.next()).toBeGreaterThan(2);
  });

  it('tries the next URL after a failure, and keeps the ones it was given', async () => {
    const urls = ['http://one.test:7480', 'http://two.test:7480'];
    const { controlPlane, poll, requests, kept } = await world(
      ({ url }) => (url.includes('one') ? new Error('refused') : { status: 304 }),
      urls,
    );
    await expect(poll()).rejects.toThrow('refused');
    expect(await poll()).toEqual({ kind: 'unchanged' });
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(['one.test:7480', 'two.test:7480']);
    controlPlane.alsoAt(['http://three.test:7480', 'no url']);
    expect(kept.at(-1)?.toSorted()).toEqual(['http://one.test:7480', 'http://three.test:7480', 'http://two.test:7480']);
  });

  it('asks for its secret again when its signature is refused', async () => {
    const refusing = await world(() => ({ ...problem(401, 'signature_invalid'), signed: false }));
    await expect(refusing.poll()).rejects.toThrow('not signed by it');
    expect(refusing.recovered()).toBe(1);
  });
});
