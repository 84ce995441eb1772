import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Timers } from '@techulus/ports';

export interface Upstream {
  readonly address: string;
  readonly port: number;
}

/** Sends a query and gives each message that comes back to `accept`, until it takes one or the time is over (null). */
export type Exchange = (
  upstream: Upstream,
  query: Buffer,
  accept: (answer: Buffer) => boolean,
) => Promise<Buffer | null>;

/** A socket of its own per query: the kernel chooses a random port, and takes answers from that upstream only. */
export function udpExchange(timers: Timers, timeoutMs: number): Exchange {
  return (upstream, query, accept) =>
    new Promise((resolve) => {
      const socket = createSocket(isIPv6(upstream.address) ? 'udp6' : 'udp4');
      let open = true;
      const end = (answer: Buffer | null): void => {
        if (!open) return;
        open = false;
        timer.cancel();
        socket.close();
        resolve(answer);
      };
      const timer = timers.after(timeoutMs, () => end(null));
      socket.on('error', () => end(null));
      socket.on('message', (message) => {
        if (accept(message)) end(message);
      });
      socket.connect(upstream.port, upstream.address, () => {
        if (open) socket.send(query);
      });
    });
}

export function tcpExchange(timers: Timers, timeoutMs: number): Exchange {
  return (upstream, query, accept) =>
    new Promise((resolve) => {
      let received = Buffer.alloc(0);
      const socket = connect({ host: upstream.address, port: upstream.port });
      const end = (answer: Buffer | null): void => {
        timer.cancel();
        socket.destroy();
        resolve(answer);
      };
      const timer = timers.after(timeoutMs, () => end(null));
      socket.on('error', () => end(null));
      socket.on('close', () => end(null));
      socket.on('connect', () => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(query.length);
        socket.write(Buffer.concat([length, query]));
      });
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        const message = received.subarray(2, 2 + received.readUInt16BE(0));
        end(accept(message) ? message : null);
      });
    });
}
