import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  allowPlainRegistry,
  createServer as order,
  findServer,
  getServer,
  renewInstallLine,
} from './control-plane-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;

async function answering(answer: Answer): Promise<{ url: string; token: string }> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(started.address() as AddressInfo).port}`, token: 'secret' };
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

describe('control plane client', () => {
  it('finds a living server by name over all pages', async () => {
    const target = await answering((request, response) => {
      const second = request.url?.includes('cursor=a%2Fb') === true;
      const old = { id: '1', name: 'worker-1', status: 'removed' };
      json(
        response,
        200,
        second
          ? { items: [{ id: '2', name: 'worker-1', status: 'online' }], next: null }
          : { items: [old], next: 'a/b' },
      );
    });
    expect((await findServer(target, 'worker-1'))?.id).toBe('2');
    expect(await findServer(target, 'worker-9')).toBeUndefined();
  });

  it('orders a server, renews its line and allows plain HTTP with the token and the paths of the REST surface', async () => {
    const seen: string[] = [];
    let known = false;
    const target = await answering((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`.trim());
        if (request.method === 'PUT') response.writeHead(204).end();
        else if (request.method === 'GET') json(response, known ? 200 : 404, { plainHttp: known });
        else json(response, 201, { id: 's1', installLine: 'curl' });
      });
    });
    await order(target, 'worker-1', 'worker');
    expect(await renewInstallLine(target, 's1')).toBe('curl');
    await allowPlainRegistry(target, '172.30.1.254:5000');
    known = true;
    await allowPlainRegistry(target, '172.30.1.254:5000');
    expect(seen).toEqual([
      'POST /api/v1/servers Bearer secret {"name":"worker-1","role":"worker"}',
      'POST /api/v1/servers/s1/registration-token Bearer secret',
      'GET /api/v1/registry-credentials/172.30.1.254%3A5000 Bearer secret',
      'PUT /api/v1/registry-credentials/172.30.1.254%3A5000 Bearer secret {"plainHttp":true}',
      'GET /api/v1/registry-credentials/172.30.1.254%3A5000 Bearer secret',
    ]);
  });

  it('reports a refusal with the words and the code of the control plane', async () => {
    const target = await answering((_, response) =>
      json(response, 409, { code: 'name_taken', detail: 'the name is taken' }),
    );
    await expect(getServer(target, 's1')).rejects.toMatchObject({
      code: 'name_taken',
      message: expect.stringContaining('the name is taken') as string,
    });
  });

  it('says when nobody answers', async () => {
    const target = { url: 'http://127.0.0.1:9', token: 'secret' };
    await expect(getServer(target, 's1')).rejects.toMatchObject({ code: 'api_unreachable' });
  });
});
