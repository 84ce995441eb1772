import { createSocket, type Socket } from 'node:dgram';
import type { Answer } from './answer.ts';

/** The address is one already: a resolver's detour per answer would halve the throughput. */
const noLookup = (
  host: string,
  _: unknown,
  done: (error: Error | null, address: string, family: number) => void,
): void => done(null, host, 4);

export interface Listener {
  close(): void;
}

/** `reusePort`: at an upgrade the new process answers beside the old one before that one ends (packaging/deb/files/restart-dns). */
export function listenUdp(host: string, port: number, answer: Answer): Promise<Listener & { port: number }> {
  const socket: Socket = createSocket({ type: 'udp4', lookup: noLookup, reusePort: true, recvBufferSize: 1024 * 1024 });
  socket.on('message', (message, from) => {
    const send = (reply: Buffer | null): void => {
      // Without a callback: most sends end at once, and each callback would still wait for a turn of its own.
      if (reply !== null && from.port !== 0) socket.send(reply, from.port, from.address);
    };
    const reply = answer(message, { via: 'udp', fromThisServer: from.address === host });
    if (reply instanceof Promise) void reply.then(send, () => undefined);
    else send(reply);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      // A send that failed concerns one client only.
      socket.on('error', () => undefined);
      resolve({ port: socket.address().port, close: () => socket.close() });
    });
  });
}
