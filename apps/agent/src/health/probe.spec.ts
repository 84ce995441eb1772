import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { probeWith } from './probe.ts';
import type { HealthRule } from './rule.ts';

const rule = (probe: HealthRule['probe']): HealthRule => ({
  probe,
  intervalMs: 1_000,
  timeoutMs: 1_000,
  retries: 1,
  startPeriodMs: 0,
});
const target = { containerId: 'c1', address: '127.0.0.1', runningMs: 0 };

function exec(exitCode: number, output: string) {
  return probeWith({ exec: () => Promise.resolve({ exitCode, output }) });
}

const probe = exec(0, '');
const check = (what: HealthRule['probe'], with_ = probe) => with_(rule(what), target, new AbortController().signal);

let server: Server;
let port = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = Number((request.url ?? '/').slice(1));
    response.end('body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

describe('a check', () => {
  it.each([200, 204, 301, 399])('over HTTP is content with %i', async (status) => {
    expect(await check({ type: 'http', port, path: `/${status}` })).toEqual({ ok: true });
  });

  it.each([400, 500, 503])('over HTTP is not content with %i', async (status) => {
    expect(await check({ type: 'http', port, path: `/${status}` })).toMatchObject({
      ok: false,
      message: expect.stringContaining(`answers ${status}`),
    });
  });

  it('over TCP is content with a connection', async () => {
    expect(await check({ type: 'tcp', port })).toEqual({ ok: true });
    const free = createTcpServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const closed = (free.address() as AddressInfo).port;
    await new Promise<void>((resolve) => free.close(() => resolve()));
    expect(await check({ type: 'tcp', port: closed })).toMatchObject({
      ok: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('by command says when the image lacks the program', async () => {
    const command = { type: 'command', command: ['/bin/check'] } as const;
    expect(await check(command, exec(0, ''))).toEqual({ ok: true });
    expect(await check(command, exec(1, 'no\nmore'))).toEqual({ ok: false, message: '/bin/check ends with 1: no' });
    const missing =
      'Error: runc: exec failed: exec: "/bin/check": stat /bin/check: no such file or directory\nError: read';
    expect(await check(command, exec(127, missing))).toMatchObject({
      message: expect.stringContaining('the image has no /bin/check that can be run'),
    });
  });

  it('of life alone waits until it has run long enough', async () => {
    expect(await check({ type: 'alive', forMs: 5_000 })).toMatchObject({ ok: false });
    expect(
      await probe(rule({ type: 'alive', forMs: 5_000 }), { ...target, runningMs: 5_000 }, new AbortController().signal),
    ).toEqual({ ok: true });
  });
});
