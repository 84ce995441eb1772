import { createServer, type Socket } from 'node:net';
import type { Answer, Received } from './answer.ts';
import type { Listener } from './listen-udp.ts';

const IDLE_MS = 5_000;
/** Beyond it the connection goes that asked nothing for longest, so half-open ones cannot keep others out. */
const MOST_CONNECTIONS = 512;
/** No query is longer; a greater length is a lie. */
const LONGEST_QUERY = 4096;
const MOST_UNSENT = 256 * 1024;

function withLength(reply: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(reply.length + 2);
  framed.writeUInt16BE(reply.length, 0);
  reply.copy(framed, 2);
  return framed;
}

/** Answers the messages of one connection in turn (RFC 7766); anything that is not one ends it. */
function serveConnection(socket: Socket, answer: Answer, received: Received, onQuery: () => void): void {
  let pending = Buffer.alloc(0);
  let busy = false;
  let asksNoMore = false;

  const nextMessage = (): Buffer | null => {
    if (pending.length < 2) return null;
    const length = pending.readUInt16BE(0);
    if (length === 0 || length > LONGEST_QUERY) {
      socket.destroy();
      return null;
    }
    if (pending.length < 2 + length) return null;
    const message = pending.subarray(2, 2 + length);
    pending = pending.subarray(2 + length);
    return message;
  };

  const drain = async (): Promise<void> => {
    for (let message = nextMessage(); message !== null && !socket.destroyed; message = nextMessage()) {
      onQuery();
      const reply = await answer(message, received);
      if (reply === null || socket.writableLength > MOST_UNSENT) socket.destroy();
      else socket.write(withLength(reply));
    }
  };

  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (busy) return;
    busy = true;
    socket.pause();
    void drain()
      .catch(() => socket.destroy())
      .finally(() => {
        busy = false;
        socket.resume();
        if (asksNoMore) socket.end();
      });
  });
  // A client may close its side right after asking, and still wants the answer.
  socket.on('end', () => {
    asksNoMore = true;
    if (!busy) socket.end();
  });
}

export function listenTcp(host: string, port: number, answer: Answer): Promise<Listener & { port: number }> {
  /** In the order of their last query. */
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const [oldest] = connections;
    if (connections.size >= MOST_CONNECTIONS) oldest?.destroy();
    if (connections.size >= MOST_CONNECTIONS && oldest !== undefined) connections.delete(oldest);
    connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
    const received: Received = { via: 'tcp', fromThisServer: socket.remoteAddress === host };
    serveConnection(socket, answer, received, () => {
      connections.delete(socket);
      connections.add(socket);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024, reusePort: true }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      const address = server.address();
      const close = (): void => {
        server.close();
        for (const socket of connections) socket.destroy();
      };
      resolve({ port: typeof address === 'object' && address !== null ? address.port : port, close });
    });
  });
}
