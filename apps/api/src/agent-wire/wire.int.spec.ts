import { systemClock } from '@techulus/ports';
import { removeServer } from '@techulus/domain';
import { ed25519KeyPair } from '@techulus/keys';
import { joined, newServer, newToken, operator } from '../testing/operator.ts';
import { container, SimulatedAgent } from '../testing/simulated-agent.ts';
import { until } from '../testing/until.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { PRESENCE_ROWS } from '../presence/presence.ts';

let plane: TestControlPlane;
beforeAll(async () => void (plane = await startControlPlane()));
afterAll(() => plane.remove());

const position = async (): Promise<number> => (await plane.platform.store.head()).position;
const presence = (id: string): Promise<unknown> => plane.platform.store.rows.get(PRESENCE_ROWS, id);

describe('a machine becomes a server', () => {
  it('gets identity, subnet, secret and peers, signed by the control plane', async () => {
    const agent = await joined(plane, 'first');
    const other = await joined(plane, 'second');
    const reply = await other.register(await newToken(plane, other.serverId));
    expect(reply).toMatchObject({ status: 200, signed: true, body: { serverId: other.serverId, name: 'second' } });
    expect(reply.body.peers.map((peer) => peer.key)).toContain(agent.serverId);
    expect(reply.body.controlPlaneKey).toBe(plane.platform.controlPlaneKey.publicKey);
  });

  it('gets the same again with the same token and keys, which changes nothing', async () => {
    const { token } = await newServer(plane, 'lost-reply');
    const agent = new SimulatedAgent(plane.url);
    const first = await agent.register(token);
    const before = await position();
    const { secret } = agent;
    const again = await agent.register(token);
    expect(again.body).toMatchObject({ serverId: first.body.serverId, subnetId: first.body.subnetId });
    expect(agent.secret).toBe(secret);
    expect(await position()).toBe(before);
  });

  it('recovers a lost secret by its keys alone', async () => {
    const agent = await joined(plane, 'forgetful');
    const { secret } = agent;
    agent.secret = '';
    expect(await agent.register(undefined)).toMatchObject({ status: 200, signed: true });
    expect(agent.secret).toBe(secret);
    const thief = new SimulatedAgent(plane.url);
    thief.serverId = agent.serverId;
    expect(await thief.register(undefined)).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
  });

  it('is refused where the token does not hold', async () => {
    const { id, token } = await newServer(plane, 'refused');
    const before = await position();
    const stranger = new SimulatedAgent(plane.url);
    const proxy = new SimulatedAgent(plane.url, true);
    const wrong = token.replace(/\.[^.]+\./, `.${'A'.repeat(43)}.`);
    const foreign = token.replace(/\.[^.]+$/, `.${'A'.repeat(22)}`);
    expect(await stranger.register('rubbish')).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    expect(await stranger.register(wrong)).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    expect(await stranger.register(foreign)).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    expect(await proxy.register(token)).toMatchObject({ status: 409, body: { code: 'role_mismatch' } });
    expect(await position()).toBe(before);
    expect(await stranger.register(token)).toMatchObject({ status: 200 });
    expect(await new SimulatedAgent(plane.url).register(token)).toMatchObject({
      status: 409,
      body: { code: 'token_used' },
    });
    const expired = await newToken(plane, id, -1);
    expect(await new SimulatedAgent(plane.url).register(expired)).toMatchObject({
      status: 401,
      body: { code: 'token_expired' },
    });
  });

  it('is refused with a body that is wrong, naming the field', async () => {
    const { token } = await newServer(plane, 'malformed');
    const agent = new SimulatedAgent(plane.url);
    const refused = (field: string): object => ({
      status: 400,
      body: { code: 'body_invalid', fields: [expect.objectContaining({ field })] },
    });
    expect(await agent.register(token, { surprise: 1 })).toMatchObject(refused('surprise'));
    expect(await agent.register(token, { isProxy: 'no' })).toMatchObject(refused('isProxy'));
    expect(await agent.register(token, { host: { hostname: 1 } })).toMatchObject({ status: 400 });
    expect(await agent.register(token, { addresses: ['192.0.2.1:1\nPostUp = x'] })).toMatchObject(refused('addresses'));
    expect(await agent.register(token, { signingKey: ed25519KeyPair().publicKey })).toMatchObject({
      status: 401,
      body: { code: 'signature_invalid' },
    });
  });

  it('takes a reinstalled machine in its place, and the former secret is worth nothing', async () => {
    const agent = await joined(plane, 'reinstalled');
    const fresh = new SimulatedAgent(plane.url);
    const reply = await fresh.register(await newToken(plane, agent.serverId));
    expect(reply.body.serverId).toBe(agent.serverId);
    expect(await fresh.report()).toMatchObject({ status: 200 });
    expect(await agent.report()).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
  });
});

describe('a request is answered when it is proven and fresh', () => {
  let agent: SimulatedAgent;
  beforeAll(async () => void (agent = await joined(plane, 'asking')));

  it('answers an honest one, signed', async () => {
    expect(await agent.poll()).toMatchObject({ status: 200, signed: true, body: { serverId: agent.serverId } });
    expect(await agent.report()).toMatchObject({ status: 200, signed: true, body: { resend: [] } });
    expect(await agent.poll()).toMatchObject({ status: 304, signed: true });
  });

  it('refuses what was altered on the way', async () => {
    const before = { head: await position(), presence: await presence(agent.serverId) };
    const invalid = { status: 401, body: { code: 'signature_invalid' } };
    expect(await agent.report({}, { sentPath: '/api/v1/agent/status?x=1' })).toMatchObject(invalid);
    expect(await agent.report({}, { sentBody: '{}' })).toMatchObject(invalid);
    expect(await agent.report({}, { secret: Buffer.alloc(32).toString('base64') })).toMatchObject(invalid);
    expect(await agent.report({}, { omit: 'techulus-signature' })).toMatchObject({
      status: 401,
      signed: false,
      body: { code: 'signature_missing' },
    });
    expect(await agent.report({}, { server: 'nobody' })).toMatchObject({
      status: 401,
      signed: false,
      body: { code: 'server_unknown' },
    });
    expect({ head: await position(), presence: await presence(agent.serverId) }).toEqual(before);
  });

  it('tells a stale one the time, signed', async () => {
    const reply = await agent.report({}, { timestamp: systemClock.now() - 61_000 });
    expect(reply).toMatchObject({ status: 401, signed: true, body: { code: 'timestamp_stale' } });
    expect(Math.abs((reply.body.serverTime ?? 0) - systemClock.now())).toBeLessThan(5_000);
  });

  it('refuses a report that was sent before, and answers a poll that was', async () => {
    await agent.report();
    const sequence = agent.sequence;
    expect(await agent.report({}, { sequence })).toMatchObject({
      status: 409,
      signed: true,
      body: { code: 'sequence_replayed', highestSequence: sequence },
    });
    expect(await agent.report({}, { sequence: sequence - 1 })).toMatchObject({ status: 409 });
    expect(await agent.poll(0, { sequence: 0 })).toMatchObject({ status: 304, signed: true });
    expect(await agent.report()).toMatchObject({ status: 200 });
  });

  it('refuses bodies that are wrong or too large, and ways that it does not know', async () => {
    expect(await agent.request('POST', '/api/v1/agent/status', '{', {})).toMatchObject({
      status: 400,
      body: { code: 'body_invalid' },
    });
    expect(await agent.report({ agentState: 'ASLEEP' as never })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'agentState' }] },
    });
    expect(await agent.report({ endpoints: ['evil'] })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'endpoints' }] },
    });
    expect(await agent.request('POST', '/api/v1/agent/status', 'x'.repeat(1_100_000), {})).toMatchObject({
      status: 413,
    });
    expect(await agent.request('GET', '/api/v1/agent/other', '', {})).toMatchObject({ status: 404 });
  });

  it('writes nothing into the log for a report that says nothing new', async () => {
    await agent.report();
    const before = await position();
    for (let turn = 0; turn < 3; turn += 1) expect(await agent.report()).toMatchObject({ status: 200 });
    expect(await position()).toBe(before);
  });

  it('asks for the whole to be sent where a server applied something else', async () => {
    await agent.poll();
    const acks = { ...agent.acks, dns: { generation: agent.acks.dns!.generation, hash: '0'.repeat(64) } };
    expect(await agent.report({ sections: acks })).toMatchObject({ status: 200, body: { resend: ['dns'] } });
  });

  it('notes an id that nobody knows without falling over it', async () => {
    expect(await agent.report({ containers: [container('01900000-0000-7000-8000-000000000000')] })).toMatchObject({
      status: 200,
    });
  });

  it('lets go of a poll when the client goes', async () => {
    await agent.poll();
    const { watchers } = plane.platform.live;
    const leave = new AbortController();
    const poll = agent.poll(20, { abort: leave.signal }).catch(() => 'gone');
    await until(() => watchers.count === 1);
    leave.abort();
    expect(await poll).toBe('gone');
    await until(() => watchers.count === 0);
  });
});

describe('a removed server', () => {
  it('is told so, signed, in the middle of its poll and ever after', async () => {
    const agent = await joined(plane, 'leaving');
    await agent.poll();
    const waiting = agent.poll(10);
    await plane.platform.commands.execute(
      (draft) => removeServer(draft, { id: agent.serverId, force: true }),
      operator,
    );
    const gone = { status: 410, signed: true, body: { code: 'server_removed', serverId: agent.serverId } };
    expect(await waiting).toMatchObject(gone);
    expect(await agent.report()).toMatchObject(gone);
    expect(await agent.poll()).toMatchObject(gone);
  });
});
