import { randomBytes } from 'node:crypto';
import { HEADERS, requestToSign } from '@techulus/contract';
import { hmacSha256, sha256Hex } from '@techulus/keys';
import { readLabJson } from '@techulus/lab';
import { eventsAfter, headPosition, quiet, serverNamed } from './support/cluster.ts';
import { nodeOf, sh } from './support/nodes.ts';
import { rest } from './support/rest.ts';
import type { Deployment } from './support/resources.ts';
import { waitFor } from './support/wait-for.ts';

const node = 'worker-1';
const poll = '/api/v1/agent/expected-state';
const status = '/api/v1/agent/status';

interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly body?: string;
  readonly secret?: string;
  readonly timestamp?: number;
  readonly sequence?: number;
}

let secret = '';

async function fromNode<T>(file: string): Promise<T> {
  return JSON.parse(await sh(node, `cat /var/lib/techulus/${file}`));
}

/** As the agent of that node signs it. */
function signed(asked: Ask): { headers: Record<string, string>; text: string } {
  const { method = 'GET', path = poll, body = '', timestamp = Date.now(), sequence = 0 } = asked;
  const { serverId } = nodeOf(node);
  const nonce = randomBytes(16).toString('hex');
  const text = requestToSign({ server: serverId, timestamp, nonce, sequence, method, path, bodyHash: sha256Hex(body) });
  const headers = {
    [HEADERS.server]: serverId,
    [HEADERS.timestamp]: String(timestamp),
    [HEADERS.nonce]: nonce,
    [HEADERS.sequence]: String(sequence),
    [HEADERS.signature]: hmacSha256(asked.secret ?? secret, text),
  };
  return { headers, text };
}

async function send(asked: Ask, headers: Record<string, string>): Promise<{ status: number; code: string }> {
  const { method = 'GET', path = poll, body } = asked;
  const json = { ...headers, 'content-type': 'application/json' };
  const init = { method, headers: json, signal: AbortSignal.timeout(15_000), ...(body === undefined ? {} : { body }) };
  const answer = await fetch(`${readLabJson().apiUrl}${path}`, init);
  const text = await answer.text();
  return { status: answer.status, code: answer.ok ? '' : JSON.parse(text).code };
}

const ask = (asked: Ask): Promise<{ status: number; code: string }> => send(asked, signed(asked).headers);

describe('the control plane hears only what a server signed', () => {
  beforeAll(async () => {
    secret = (await fromNode<{ membership: { secret: string } }>('identity.json')).membership.secret;
    await quiet();
  });

  it('as the agent signs it, a request is answered', async () => {
    expect(await ask({})).toMatchObject({ status: 200 });
  });

  it('refuses unsigned, wrongly signed, altered and stale requests, and appends nothing', async () => {
    const position = await headPosition();
    expect((await send({}, {})).status).toBe(401);
    expect(await ask({ secret: 'another' })).toEqual({ status: 401, code: 'signature_invalid' });
    const { headers } = signed({});
    expect(await send({ path: `${poll}?as=another` }, headers)).toEqual({ status: 401, code: 'signature_invalid' });
    const report = signed({ method: 'POST', path: status, body: '{}', sequence: 1 });
    expect(await send({ method: 'POST', path: status, body: '{"a":1}' }, report.headers)).toEqual({
      status: 401,
      code: 'signature_invalid',
    });
    expect(await ask({ timestamp: Date.now() - 120_000 })).toEqual({ status: 401, code: 'timestamp_stale' });
    expect(await eventsAfter(position)).toEqual([]);
  });

  it('refuses a replayed report, and one about the deployment of another server', async () => {
    const position = await headPosition();
    const { report } = await fromNode<{ report: { containers: Record<string, unknown>[] } }>('status.json');
    const replayed = { method: 'POST', path: status, body: JSON.stringify(report), sequence: 1 } as const;
    expect(await ask(replayed)).toEqual({ status: 409, code: 'sequence_replayed' });
    const others = await rest.list<Deployment>('/deployments?stage=running');
    const deploymentId = others.find(({ serverName }) => serverName !== node)?.id;
    const { reserved } = await fromNode<{ reserved: number }>('sequence.json');
    const foreign = {
      ...report,
      containers: [{ ...report.containers[0], deploymentId, phase: 'exited', health: 'unhealthy' }],
    };
    const refused = await ask({
      method: 'POST',
      path: status,
      body: JSON.stringify(foreign),
      sequence: reserved + 10_000,
    });
    expect(refused).toMatchObject({ status: 403 });
    expect(await eventsAfter(position)).toEqual([]);
  });

  it('tells an agent whose sequence was left behind how to go on', async () => {
    const { report } = await fromNode<{ report: object }>('status.json');
    const { reserved } = await fromNode<{ reserved: number }>('sequence.json');
    const ahead = { method: 'POST', path: status, body: JSON.stringify(report), sequence: reserved + 20_000 } as const;
    expect(await ask(ahead)).toMatchObject({ status: 200 });
    const { lastSeenAt } = await serverNamed(node);
    await waitFor(
      'a later report of the agent itself',
      () => serverNamed(node),
      (seen) => (seen.lastSeenAt ?? '') > (lastSeenAt ?? ''),
    );
    await waitFor(
      'its sequence ahead',
      () => fromNode<{ reserved: number }>('sequence.json'),
      (seen) => seen.reserved > reserved + 20_000,
    );
    expect((await serverNamed(node)).status).toBe('online');
  });
});
