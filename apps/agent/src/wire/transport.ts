/** One HTTP exchange; the port under everything that the agent says. */
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: string;
}

export type Transport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

const LARGEST_ANSWER = 32 * 1024 * 1024;

async function collect(message: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Error('the answer is larger than 32 MiB');
    chunks.push(chunk);
  }
  return { status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks).toString('utf8') };
}

/** Connections are kept between exchanges. */
export function httpTransport(): Transport {
  const plain = new HttpAgent({ keepAlive: true, maxSockets: 4 });
  const secure = new HttpsAgent({ keepAlive: true, maxSockets: 4 });
  return (request, signal) =>
    new Promise((resolve, reject) => {
      const isSecure = request.url.startsWith('https:');
      const open = isSecure ? httpsRequest : httpRequest;
      const length = Buffer.byteLength(request.body);
      const body = request.method === 'POST' ? { 'content-type': 'application/json', 'content-length': length } : {};
      const outgoing = open(request.url, {
        method: request.method,
        agent: isSecure ? secure : plain,
        headers: { ...request.headers, ...body },
        signal: AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]),
      });
      outgoing.once('error', reject);
      outgoing.once('response', (message) => void collect(message).then(resolve, reject));
      outgoing.end(request.body);
    });
}
