import type { IncomingMessage } from 'node:http';
import { HEADERS } from '@techulus/contract';
import { WireRefused } from './wire-refused.ts';

/** Far more than any report of ours: 1000 containers with their last lines fit. */
const BODY_LIMIT = 1024 * 1024;

export interface WireRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly body: Buffer;
  header(name: string): string | undefined;
  /** Aborts when the client goes, or when this process stops. */
  readonly signal: AbortSignal;
}

const NO_BODY = Buffer.alloc(0);

/** Of a request without a body there is nothing to wait for: its head is all of it. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new WireRefused(413, 'body_invalid', `the body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** As it came over HTTP. Its signal is made for those who wait, and for nobody else: most are answered at once. */
class IncomingRequest implements WireRequest {
  private known: AbortSignal | undefined;

  constructor(
    private readonly incoming: IncomingMessage,
    readonly body: Buffer,
    private readonly whileWanted: () => AbortSignal,
  ) {}

  get method(): string {
    return this.incoming.method ?? '';
  }

  get path(): string {
    return this.incoming.url ?? '';
  }

  get signal(): AbortSignal {
    return (this.known ??= this.whileWanted());
  }

  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return typeof value === 'string' ? value : undefined;
  }
}

/** At once where there is no body to read. */
export function readRequest(
  incoming: IncomingMessage,
  whileWanted: () => AbortSignal,
): WireRequest | Promise<WireRequest> {
  if (!hasBody(incoming)) return new IncomingRequest(incoming, NO_BODY, whileWanted);
  return readBody(incoming).then((body) => new IncomingRequest(incoming, body, whileWanted));
}

export interface SignatureHeaders {
  readonly server: string;
  readonly timestamp: number;
  readonly nonce: string;
  readonly sequence: number;
  readonly signature: string;
}

const FORMS = {
  server: /^[A-Za-z0-9-]{1,64}$/,
  timestamp: /^\d{1,15}$/,
  nonce: /^[0-9a-f]{32}$/,
  sequence: /^\d{1,15}$/,
  signature: /^[A-Za-z0-9+/]{1,128}={0,2}$/,
};

function signatureHeader(request: WireRequest, name: keyof SignatureHeaders): string {
  const value = request.header(HEADERS[name]);
  if (value === undefined)
    throw new WireRefused(401, 'signature_missing', `the request is not signed: ${HEADERS[name]} is missing`);
  if (!FORMS[name].test(value))
    throw new WireRefused(401, 'signature_invalid', `${HEADERS[name]} has not the form that the wire asks for`);
  return value;
}

/** What a signed request says of itself; refused when something is left out or has not its form. */
export function signatureHeaders(request: WireRequest): SignatureHeaders {
  return {
    server: signatureHeader(request, 'server'),
    timestamp: Number(signatureHeader(request, 'timestamp')),
    nonce: signatureHeader(request, 'nonce'),
    sequence: Number(signatureHeader(request, 'sequence')),
    signature: signatureHeader(request, 'signature'),
  };
}
