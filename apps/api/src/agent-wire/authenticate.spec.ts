import { HEADERS, requestToSign } from '@techulus/contract';
import { emptyCluster, type Server } from '@techulus/domain';
import { hmacSha256, sha256Hex } from '@techulus/keys';
import { type AuthenticateParts, identify, requireCurrent } from './authenticate.ts';
import type { WireRequest } from './wire-request.ts';

const NOW = 1_700_000_000_000;
const SECRET = Buffer.alloc(32, 7).toString('base64');
const NONCE = 'ab'.repeat(16);
const PATH = '/api/v1/agent/status?x=1';

const server = {
  id: 's-1',
  name: 'web-1',
  removed: false,
  registration: { secretVersion: 3 },
} as unknown as Server;

interface Change {
  path?: string;
  method?: string;
  body?: string;
  headers?: Record<string, string | undefined>;
  secret?: string;
}

/** Signed as an agent signs, then changed as an attacker might. */
function request(change: Change = {}): WireRequest {
  const body = '{"a":1}';
  const text = requestToSign({
    server: 's-1',
    timestamp: NOW,
    nonce: NONCE,
    sequence: 5,
    method: 'POST',
    path: PATH,
    bodyHash: sha256Hex(body),
  });
  const headers: Record<string, string | undefined> = {
    [HEADERS.server]: 's-1',
    [HEADERS.timestamp]: String(NOW),
    [HEADERS.nonce]: NONCE,
    [HEADERS.sequence]: '5',
    [HEADERS.signature]: hmacSha256(change.secret ?? SECRET, text),
    ...change.headers,
  };
  return {
    method: change.method ?? 'POST',
    path: change.path ?? PATH,
    body: Buffer.from(change.body ?? body),
    header: (name) => headers[name],
    signal: new AbortController().signal,
  };
}

function parts(known: readonly Server[] = [server]): AuthenticateParts {
  const cluster = emptyCluster();
  for (const one of known) cluster.servers.set(one.id, one);
  return {
    cluster,
    catchUp: () => Promise.resolve(),
    secretOf: (id, version) => Promise.resolve(id === 's-1' && version === 3 ? SECRET : undefined),
  };
}

describe('who asks is proven', () => {
  it('knows a server by its signature', async () => {
    const caller = await identify(parts(), request());
    expect(caller.server.name).toBe('web-1');
    expect(caller.headers).toMatchObject({ sequence: 5, timestamp: NOW, nonce: NONCE });
    expect(() => requireCurrent(caller, NOW)).not.toThrow();
  });

  const missing = (name: string): Change => ({ headers: { [name]: undefined } });
  const refusals: [string, Change, string][] = [
    ['no server', missing(HEADERS.server), 'signature_missing'],
    ['no timestamp', missing(HEADERS.timestamp), 'signature_missing'],
    ['no nonce', missing(HEADERS.nonce), 'signature_missing'],
    ['no sequence', missing(HEADERS.sequence), 'signature_missing'],
    ['no signature', missing(HEADERS.signature), 'signature_missing'],
    ['a signature with another secret', { secret: Buffer.alloc(32, 8).toString('base64') }, 'signature_invalid'],
    ['a signature that is none', { headers: { [HEADERS.signature]: 'AAAA' } }, 'signature_invalid'],
    ['a signature with strange letters', { headers: { [HEADERS.signature]: 'ä' } }, 'signature_invalid'],
    ['another path', { path: '/api/v1/agent/expected-state?x=1' }, 'signature_invalid'],
    ['another query', { path: '/api/v1/agent/status?x=2' }, 'signature_invalid'],
    ['a query cut off', { path: '/api/v1/agent/status' }, 'signature_invalid'],
    ['another body', { body: '{"a":2}' }, 'signature_invalid'],
    ['another method', { method: 'GET' }, 'signature_invalid'],
    ['another timestamp', { headers: { [HEADERS.timestamp]: String(NOW + 1) } }, 'signature_invalid'],
    ['another nonce', { headers: { [HEADERS.nonce]: 'cd'.repeat(16) } }, 'signature_invalid'],
    ['another sequence', { headers: { [HEADERS.sequence]: '6' } }, 'signature_invalid'],
    ['a timestamp that is no number', { headers: { [HEADERS.timestamp]: '1e3' } }, 'signature_invalid'],
    ['another server', { headers: { [HEADERS.server]: 's-2' } }, 'server_unknown'],
  ];
  it.each(refusals)('refuses %s', async (_, change, code) => {
    await expect(identify(parts(), request(change))).rejects.toMatchObject({ status: 401, code });
  });

  it('does not know a server that has not registered', async () => {
    await expect(identify(parts([{ ...server, registration: null }]), request())).rejects.toMatchObject({
      code: 'server_unknown',
    });
  });

  it('looks at the log before it says that a server is unknown', async () => {
    const lagging = parts([]);
    const catchUp = (): Promise<void> => Promise.resolve(void lagging.cluster.servers.set(server.id, server));
    await expect(identify({ ...lagging, catchUp }, request())).resolves.toMatchObject({ server: { id: 's-1' } });
  });

  it.each([
    [60_000, true],
    [-60_000, true],
    [60_001, false],
    [-60_001, false],
  ])('with a clock %i ms apart, it is current: %s', async (apart, isCurrent) => {
    const caller = await identify(parts(), request());
    if (isCurrent) expect(() => requireCurrent(caller, NOW + apart)).not.toThrow();
    else {
      const refusal = { status: 401, code: 'timestamp_stale', more: { serverTime: NOW + apart } };
      expect(() => requireCurrent(caller, NOW + apart)).toThrow(expect.objectContaining(refusal));
    }
  });

  it('tells a removed server that it was', async () => {
    const caller = await identify(parts([{ ...server, removed: true }]), request());
    const refusal = { status: 410, code: 'server_removed', more: { serverId: 's-1' } };
    expect(() => requireCurrent(caller, NOW)).toThrow(expect.objectContaining(refusal));
  });
});
