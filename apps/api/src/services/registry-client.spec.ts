import { systemTimers, type Timers } from '@techulus/ports';
import type { HttpAnswer, HttpRequest } from './http-port.ts';
import { parseImage } from './image-reference.ts';
import { RegistryClient } from './registry-client.ts';

const digest = `sha256:${'cd'.repeat(32)}`;
const image = parseImage('registry.example.com/team/app:v1');
const open = { username: null, password: null, plainHttp: true, caPem: null };
const known = { username: 'ann', password: 'pw', plainHttp: false, caPem: null };

function answer(status: number, headers: Record<string, string> = {}, body = ''): HttpAnswer {
  return { status, headers, body: Buffer.from(body) };
}

function registry(respond: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>, timers: Timers = systemTimers) {
  const seen: HttpRequest[] = [];
  const client = new RegistryClient(async (request) => {
    seen.push(request);
    return respond(request);
  }, timers);
  return { client, seen };
}

describe('resolving a tag', () => {
  it('asks for the manifest and believes the header', async () => {
    const { client, seen } = registry(() => answer(200, { 'docker-content-digest': digest }));
    expect(await client.resolve(image, open)).toEqual({ digest });
    expect(seen[0]).toMatchObject({ method: 'HEAD', url: 'http://registry.example.com/v2/team/app/manifests/v1' });
  });

  it('asks nobody about a digest', async () => {
    const { client, seen } = registry(() => answer(500));
    expect(await client.resolve(parseImage(`registry.example.com/app@${digest}`), null)).toEqual({ digest });
    expect(seen).toEqual([]);
  });

  it('hashes the manifest where no header names the digest', async () => {
    const { client } = registry(() => answer(200, {}, 'abc'));
    expect(await client.resolve(image, null)).toEqual({
      digest: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  });

  it('fetches a token with its credentials', async () => {
    const { client, seen } = registry(({ url, headers }) => {
      if (url.startsWith('https://auth.example.com')) return answer(200, {}, '{"token":"t1"}');
      if (headers['authorization'] === 'Bearer t1') return answer(200, { 'docker-content-digest': digest });
      return answer(401, { 'www-authenticate': 'Bearer realm="https://auth.example.com/token",service="reg"' });
    });
    expect(await client.resolve(image, known)).toEqual({ digest });
    const { url, headers } = seen[1]!;
    expect(url).toBe('https://auth.example.com/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull');
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('ann:pw').toString('base64')}`);
  });

  it('sends no credentials to a realm in clear text', async () => {
    const { client, seen } = registry(() =>
      answer(401, { 'www-authenticate': 'Bearer realm="http://auth.example.com/token"' }),
    );
    expect(await client.resolve(image, known)).toMatchObject({ error: { code: 'registry_unauthorized' } });
    expect(seen).toHaveLength(1);
  });

  it('answers a basic challenge', async () => {
    const { client } = registry(({ headers }) =>
      headers['authorization'] === undefined
        ? answer(401, { 'www-authenticate': 'Basic realm="x"' })
        : answer(200, { 'docker-content-digest': digest }),
    );
    expect(await client.resolve(image, known)).toEqual({ digest });
    expect(await client.resolve(image, null)).toMatchObject({ error: { code: 'registry_unauthorized' } });
  });

  it.each([
    [404, 'image_not_found'],
    [403, 'registry_unauthorized'],
    [500, 'registry_unreachable'],
  ])('%i is %s', async (status, code) => {
    const { client } = registry(() => answer(status));
    expect(await client.resolve(image, null)).toMatchObject({ error: { code } });
  });

  it('a broken connection is registry_unreachable', async () => {
    const { client } = registry(() => Promise.reject(new Error('connect ECONNREFUSED')));
    expect(await client.resolve(image, null)).toMatchObject({ error: { code: 'registry_unreachable' } });
  });

  it('gives up at the deadline and aborts the request', async () => {
    const expired: Timers = {
      after: (_, run) => {
        queueMicrotask(run);
        return { cancel: () => undefined };
      },
      every: () => ({ cancel: () => undefined }),
    };
    const { client, seen } = registry(() => new Promise(() => undefined), expired);
    expect(await client.resolve(image, null)).toMatchObject({ error: { code: 'registry_unreachable' } });
    expect(seen[0]?.signal.aborted).toBe(true);
  });
});
