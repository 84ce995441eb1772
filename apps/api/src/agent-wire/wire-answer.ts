/**
 * Answers are signed over the request's nonce, so that an old one proves nothing. The signature covers the body before
 * compression: what the agent parses is what was signed, whatever a proxy between does with the encoding.
 */
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { answerToSign, HEADERS } from '@techulus/contract';
import { sha256Hex } from '@techulus/keys';
import { problemOf, type WireRefused } from './wire-refused.ts';

export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  readonly entityTag?: string;
}

/** How an answer is signed; undefined where nobody could verify it. */
export interface Signing {
  readonly nonce: string;
  sign(text: string): string;
}

export interface Sending {
  readonly signing: Signing | undefined;
  /** The control plane's time. */
  readonly time: number;
  readonly acceptsGzip: boolean;
  /** This process is about to end: the connection is not to be used again. */
  readonly last: boolean;
}

const COMPRESS_FROM = 2048;

export function jsonAnswer(status: number, value: object, entityTag?: string): WireAnswer {
  return { status, body: JSON.stringify(value), ...(entityTag === undefined ? {} : { entityTag }) };
}

export function problemAnswer(refused: WireRefused): WireAnswer {
  return jsonAnswer(refused.status, problemOf(refused));
}

const NO_BODY_HASH = sha256Hex('');

function headersOf(answer: WireAnswer, { signing, time, last }: Sending): Record<string, string> {
  const { status, body, entityTag } = answer;
  const headers: Record<string, string> = { [HEADERS.time]: String(time), 'cache-control': 'no-store' };
  if (entityTag !== undefined) headers['etag'] = entityTag;
  if (body !== '') headers['content-type'] = status >= 400 ? 'application/problem+json' : 'application/json';
  if (last) headers['connection'] = 'close';
  if (signing === undefined) return headers;
  const bodyHash = body === '' ? NO_BODY_HASH : sha256Hex(body);
  const text = answerToSign({ nonce: signing.nonce, status, time, entityTag: entityTag ?? '-', bodyHash });
  headers[HEADERS.signature] = signing.sign(text);
  return headers;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer as its client gets it. */
export function exchanged(answer: WireAnswer, sending: Sending): Exchanged {
  return { status: answer.status, headers: headersOf(answer, sending), body: answer.body };
}

export async function sendAnswer(response: ServerResponse, answer: WireAnswer, sending: Sending): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  const headers = headersOf(answer, sending);
  if (answer.status === 304) return void response.writeHead(304, headers).end();
  let bytes: Buffer = Buffer.from(answer.body);
  if (sending.acceptsGzip && bytes.length >= COMPRESS_FROM) {
    bytes = await promisify(gzip)(bytes);
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'accept-encoding';
  }
  headers['content-length'] = String(bytes.length);
  response.writeHead(answer.status, headers).end(bytes);
}
