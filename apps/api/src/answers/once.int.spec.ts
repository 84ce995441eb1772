import { randomUUID } from 'node:crypto';
import { RestClient } from '../testing/rest-client.ts';
import { startControlPlane, type TestControlPlane } from '../testing/test-control-plane.ts';
import { until } from '../testing/until.ts';
import { KEPT_ANSWERS, KeptAnswers } from './kept-answers.ts';

interface Made {
  readonly id: string;
  readonly position: number;
  readonly registrationToken: string;
}

let plane: TestControlPlane;
let rest: RestClient;
beforeAll(async () => {
  plane = await startControlPlane();
  rest = new RestClient(plane);
});
afterAll(() => plane.remove());

const under = (key: string): Record<string, string> => ({ 'Idempotency-Key': key });
const head = async (): Promise<number> => (await plane.platform.store.head()).position;
const worker = (name: string): object => ({ name, role: 'worker' });

describe('a write under an Idempotency-Key', () => {
  it('is carried out once, and answered as the first time, headers and one-time values too', async () => {
    const key = randomUUID();
    const first = await rest.send<Made>('POST', '/servers', worker('once'), under(key));
    const before = await head();
    const again = await rest.send<Made>('POST', '/servers', worker('once'), under(key));
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    for (const name of ['etag', 'techulus-position']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(await head()).toBe(before);
  });

  it('is refused with another body, another path, and as another form of key', async () => {
    const key = randomUUID();
    const { body } = await rest.send<Made>('POST', '/projects', { name: 'reused' }, under(key));
    const refusals = [
      await rest.send('POST', '/projects', { name: 'other' }, under(key)),
      await rest.send('POST', '/projects?x=1', { name: 'reused' }, under(key)),
    ];
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    // Another route: another scope.
    expect((await rest.send('PATCH', `/projects/${body.id}`, { name: 'renamed' }, under(key))).status).toBe(200);
    const malformed = await rest.send('POST', '/projects', { name: 'p' }, under('two words'));
    expect(malformed).toMatchObject({ status: 400, body: { code: 'idempotency_key_invalid' } });
  });

  it('waits for the same one that is under way: all of many at a time get the one answer', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => rest.send<Made>('POST', '/projects', { name: 'many' }, under(key))),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
  });

  it('leaves nothing behind when it is refused: the key is free for what is right', async () => {
    const key = randomUUID();
    expect((await rest.send('POST', '/projects', { name: 'many' }, under(key))).status).toBe(409);
    expect((await rest.send('POST', '/projects', { name: 'not-many' }, under(key))).status).toBe(201);
  });

  it('is not decided again where the process was killed before it had answered', async () => {
    const { store, masterKey, clock } = plane.platform;
    const key = randomUUID();
    const { body } = await rest.send<Made>('POST', '/servers', worker('killed'), under(key));
    // What such a process leaves: the row without the answer.
    const scope = { token: `Bearer ${rest.token}`, route: 'POST /api/v1/servers', key };
    const request = { method: 'POST', url: '/api/v1/servers', body: worker('killed') };
    const named = new KeptAnswers(store, masterKey, clock).named(scope, request);
    expect((await named.answered())?.body).toEqual(body);
    await store.transact(async ({ rows }) => {
      const decided = await named.begin(rows);
      await named.keep(rows, decided?.result);
    });
    expect(await named.answered()).toBeNull();
    const before = await head();
    const again = await rest.send<Made>('POST', '/servers', worker('killed'), under(key));
    expect(again.body).toMatchObject({ id: body.id, registrationToken: body.registrationToken });
    expect(await head()).toBe(before);
  });

  it('holds for a change and a deletion, and with what a secret says never in clear', async () => {
    const [write, remove] = [randomUUID(), randomUUID()];
    const secret = { value: 'hunter2-in-clear' };
    const versions = [
      await rest.send('PUT', '/secrets/once', secret, under(write)),
      await rest.send('PUT', '/secrets/once', secret, under(write)),
    ].map(({ body }) => body['currentVersion']);
    expect(versions).toEqual([1, 1]);
    const deleted = [
      await rest.send('DELETE', '/secrets/once', undefined, under(remove)),
      await rest.send('DELETE', '/secrets/once', undefined, under(remove)),
    ];
    expect(deleted.map(({ status }) => status)).toEqual([200, 200]);
    const kept = JSON.stringify(await plane.platform.store.rows.list(KEPT_ANSWERS));
    expect(kept).not.toContain('hunter2');
    expect(kept).not.toContain('tcl_');
  });

  it('is forgotten when its time is over', async () => {
    const { store, masterKey } = plane.platform;
    const scope = { token: 't', route: 'r', key: randomUUID() };
    const clock = { time: 1_000, now: () => clock.time, monotonic: () => clock.time };
    const named = new KeptAnswers(store, masterKey, clock).named(scope, {});
    const { result: job } = await store.transact(({ rows }) => named.keep(rows, 'result'));
    expect(job).toMatchObject({ queue: 'forget', startAfterMs: 86_400_000 });
    expect(await store.transact(({ rows }) => named.begin(rows))).toMatchObject({ result: { result: 'result' } });
    clock.time += 86_400_000;
    expect((await store.transact(({ rows }) => named.begin(rows))).result).toBeUndefined();
    const { key } = job.data as { key: string };
    await store.append({ appends: [], jobs: [{ ...job, startAfterMs: 0 }], meta: { actor: 'test' } });
    await until(async () => (await store.rows.get(KEPT_ANSWERS, key)) === undefined, 'the row is gone');
  });
});
