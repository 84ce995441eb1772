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

export async function readRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new WireRefused(413, 'body_invalid', `the body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    body: Buffer.concat(chunks),
    header: (name) => {
      const value = incoming.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    signal,
  };
}

export interface SignatureHeaders {
  readonly server: string;
  readonly timestamp: number;
  readonly nonce: string;
  readonly sequence: number;
  readonly signature: string;
}

const FORMS: readonly (readonly [keyof SignatureHeaders, RegExp])[] = [
  ['server', /^[A-Za-z0-9-]{1,64}$/],
  ['timestamp', /^\d{1,15}$/],
  ['nonce', /^[0-9a-f]{32}$/],
  ['sequence', /^\d{1,15}$/],
  ['signature', /^[A-Za-z0-9+/]{1,128}={0,2}$/],
];

/** What a signed request says of itself; refused when something is left out or has not its form. */
export function signatureHeaders(request: WireRequest): SignatureHeaders {
  const values = new Map<string, string>();
  for (const [name, form] of FORMS) {
    const value = request.header(HEADERS[name]);
    if (value === undefined)
      throw new WireRefused(401, 'signature_missing', `the request is not signed: ${HEADERS[name]} is missing`);
    if (!form.test(value))
      throw new WireRefused(401, 'signature_invalid', `${HEADERS[name]} has not the form that the wire asks for`);
    values.set(name, value);
  }
  const text = (name: string): string => values.get(name) ?? '';
  return {
    server: text('server'),
    timestamp: Number(text('timestamp')),
    nonce: text('nonce'),
    sequence: Number(text('sequence')),
    signature: text('signature'),
  };
}
