import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerodePodman } from './dockerode-podman.ts';
import type { CreateOptions } from './podman.ts';

const options: CreateOptions = {
  name: 'web-1',
  Image: 'registry/web@sha256:1',
  Env: ['PASSWORD=hunter2'],
  Labels: {},
  StopTimeout: 10,
  HostConfig: {
    NetworkMode: 'techulus',
    Dns: [],
    DnsSearch: [],
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'k8s-file', Config: {} },
  },
  NetworkingConfig: { EndpointsConfig: {} },
};

describe('Podman over dockerode', () => {
  const folder = mkdtempSync(join(tmpdir(), 'techulus-podman-'));
  const socket = join(folder, 'podman.sock');
  const seen: { url: string; body: string }[] = [];
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ url: request.url ?? '', body });
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"Id":"c1"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('keeps the environment of a container out of the request line, which Podman logs', async () => {
    expect(await new DockerodePodman(socket).create(options)).toBe('c1');
    const [request] = seen;
    expect(request?.url).toBe('/containers/create?name=web-1');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ Env: ['PASSWORD=hunter2'], Image: options.Image });
  });
});
