import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { HttpAnswer, HttpExchange } from './http-port.ts';

/** A manifest has at most 4 MiB by the specification; a token answer far less. */
const MAX_BODY = 4 * 2 ** 20;

async function bodyOf(answer: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error(`the answer is larger than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf(answer: IncomingMessage): Record<string, string | undefined> {
  const single = ([name, value]: [string, string | string[] | undefined]): [string, string | undefined] => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ];
  return Object.fromEntries(Object.entries(answer.headers).map(single));
}

export const systemHttp: HttpExchange = ({ method, url, headers, caPem, signal }) =>
  new Promise<HttpAnswer>((resolve, reject) => {
    const answered = (answer: IncomingMessage): void => {
      bodyOf(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer), body }),
        reject,
      );
    };
    const ca = caPem === null ? {} : { ca: [...rootCertificates, caPem] };
    const sent = url.startsWith('https:')
      ? tlsRequest(url, { method, headers, signal, ...ca }, answered)
      : plainRequest(url, { method, headers, signal }, answered);
    sent.once('error', reject);
    sent.end();
  });
