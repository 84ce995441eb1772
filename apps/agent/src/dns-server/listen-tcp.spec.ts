import { connect, type Socket } from 'node:net';
import { listenTcp } from './listen-tcp.ts';

const message = Buffer.from('a question of some length');
const framed = Buffer.concat([Buffer.from([0, message.length]), message]);

/** Sends the bytes, closes its side if told, and resolves to what came back until the server closed. */
function exchange(port: number, bytes: Buffer, end: boolean): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => (end ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
}

async function withServer(use: (port: number) => Promise<void>): Promise<void> {
  const server = await listenTcp('127.0.0.1', 0, (asked) => Promise.resolve(Buffer.from(`re: ${asked.toString()}`)));
  try {
    await use(server.port);
  } finally {
    server.close();
  }
}

const answer = `\0\u001dre: ${message.toString()}`;

it('answers every message of a connection, also to a client that has closed its side', () =>
  withServer(async (port) => {
    expect(await exchange(port, Buffer.concat([framed, framed]), true)).toBe(answer.repeat(2));
  }));

it('ends a connection that lies about a length', () =>
  withServer(async (port) => {
    expect(await exchange(port, Buffer.from([0xff, 0xff, 1, 2]), false)).toBe('');
    expect(await exchange(port, Buffer.from([0, 0]), false)).toBe('');
  }));

it('answers beside two thousand connections that ask nothing', () =>
  withServer(async (port) => {
    const idle: Socket[] = [];
    for (let opened = 0; opened < 2000; opened += 100) {
      const batch = Array.from({ length: 100 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
      idle.push(...batch);
      await Promise.all(
        batch.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
      );
    }
    expect(await exchange(port, framed, true)).toBe(answer);
    for (const socket of idle) socket.destroy();
  }));
