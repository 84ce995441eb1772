/** A registry that knows tags and their digests, and nothing else. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRegistry {
  readonly host: string;
  /** Tag → digest; a tag that is not here is not found. */
  readonly tags: Map<string, string>;
  close(): void;
}

export const digestOf = (text: string): string =>
  `sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;

export async function startFakeRegistry(): Promise<FakeRegistry> {
  const tags = new Map<string, string>();
  const server = createServer((request, response) => {
    const digest = tags.get(request.url?.split('/').at(-1) ?? '');
    if (digest === undefined) response.writeHead(404);
    else response.writeHead(200, { 'docker-content-digest': digest });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, tags, close: () => server.close() };
}
