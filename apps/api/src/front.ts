/**
 * The HTTP servers. The agents' endpoints and the files of an installation are answered in front of Express, which would
 * cost them a quarter of their speed; everything else is the REST surface.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from './config.ts';

/** Answers the request and says so, or leaves it to the next. */
export type FrontHandler = (request: IncomingMessage, response: ServerResponse) => boolean;
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Longer than a poll can wait. */
const KEEP_ALIVE_MS = 65_000;

export class Front {
  private readonly servers: Server[] = [];

  constructor(
    private readonly handlers: readonly FrontHandler[],
    private readonly rest: Listener,
  ) {}

  async listen(addresses: readonly ListenAddress[]): Promise<void> {
    for (const address of addresses) await this.listenOn(address);
  }

  /** host:port of each server, as it listens: a port of 0 has become a real one. */
  addresses(): AddressInfo[] {
    return this.servers.flatMap((server) => {
      const address = server.address();
      return address !== null && typeof address === 'object' ? [address] : [];
    });
  }

  /** Accepts nothing more; resolves when the requests in flight were answered. */
  async stopAccepting(): Promise<void> {
    await Promise.all(
      this.servers.map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeIdleConnections();
        return closed;
      }),
    );
  }

  cut(): void {
    for (const server of this.servers) server.closeAllConnections();
  }

  private listenOn({ host, port }: ListenAddress): Promise<void> {
    const server = createServer((request, response) => {
      if (!this.handlers.some((handle) => handle(request, response))) this.rest(request, response);
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, host, port)));
      server.listen(port, host, () => {
        server.removeAllListeners('error');
        resolve();
      });
    });
  }
}

function explained(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const what = error.code === 'EADDRINUSE' ? 'another process listens there' : error.message;
  return new Error(`cannot listen on ${host}:${port}: ${what}; set TECHULUS_LISTEN to other addresses`, {
    cause: error,
  });
}
