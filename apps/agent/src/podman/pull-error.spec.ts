import { Readable } from 'node:stream';
import { classifyPullError } from './pull-error.ts';
import { readPull } from './read-pull.ts';

describe('what a pull failed of (messages of Podman 4.3.1 with docker-registry 2.8)', () => {
  it.each([
    [
      'initializing source docker://127.0.0.1:5055/web:no: reading manifest no in 127.0.0.1:5055/web: manifest unknown: manifest unknown',
      'image_not_found',
    ],
    [
      'initializing source docker://127.0.0.1:5055/web@sha256:00: reading manifest sha256:00 in 127.0.0.1:5055/web: manifest unknown: manifest unknown',
      'image_not_found',
    ],
    [
      'initializing source docker://r.test/no:1: reading manifest 1 in r.test/no: name unknown: repository name not known to registry',
      'image_not_found',
    ],
    [
      'initializing source docker://127.0.0.1:5056/web:1: reading manifest 1 in 127.0.0.1:5056/web: unauthorized: authentication required',
      'registry_unauthorized',
    ],
    [
      'initializing source docker://127.0.0.1:5055/web:1: pinging container registry 127.0.0.1:5055: Get "https://127.0.0.1:5055/v2/": http: server gave HTTP response to HTTPS client',
      'pull_failed',
    ],
    [
      'initializing source docker://127.0.0.1:5099/web:1: pinging container registry 127.0.0.1:5099: Get "http://127.0.0.1:5099/v2/": dial tcp 127.0.0.1:5099: connect: connection refused',
      'pull_failed',
    ],
    [
      'initializing source docker://nosuch.invalid/web:1: pinging container registry nosuch.invalid: Get "https://nosuch.invalid/v2/": dial tcp: lookup nosuch.invalid on 192.0.2.53:53: no such host',
      'pull_failed',
    ],
    ['pulling registry.test/web:1 took longer than 600000 ms', 'pull_failed'],
  ])('%s', (message, reason) => {
    expect(classifyPullError(message)).toBe(reason);
  });
});

describe('the stream of a pull', () => {
  const lines = (...all: object[]) => Readable.from(all.map((one) => `${JSON.stringify(one)}\n`));

  it('is done with an image id', async () => {
    await expect(readPull(lines({ stream: 'Trying to pull' }, { images: ['f1'], id: 'f1' }))).resolves.toBeUndefined();
  });

  it('fails with the words in it, although the status was 200, and when it ends without any', async () => {
    await expect(readPull(lines({ stream: 'Trying' }, { error: 'manifest unknown' }))).rejects.toThrow(
      'manifest unknown',
    );
    await expect(readPull(lines({ stream: 'Trying' }))).rejects.toThrow('without a word');
  });
});
