import type { Clock, Random } from '@techulus/ports';
import { createAnswerCache } from './answer-cache.ts';
import { HEADER_SIZE, lowerName, type Query, RCODE, UDP_LIMIT } from './message.ts';
import { writeReply } from './reply.ts';
import { readUpstreamAnswer, type UpstreamAnswer } from './upstream-answer.ts';
import type { Exchange, Upstream } from './upstream-sockets.ts';

/** Answers names that are not ours, from the node's own resolvers. */
export type Forward = (message: Buffer, query: Query, limit: number) => Promise<Buffer>;

export interface ForwardPorts {
  readonly upstreams: () => readonly Upstream[];
  readonly udp: Exchange;
  readonly tcp: Exchange;
  readonly clock: Clock;
  readonly random: Random;
}

const MOST_IN_FLIGHT = 512;
const MOST_TRIES = 3;
const CHECKING_DISABLED = 0x0010;

/** The query as we ask it: an id of ours, recursion wanted, the client's question and its wish for DNSSEC. */
function writeUpstreamQuery(message: Buffer, query: Query, id: Uint8Array): Buffer {
  const sent = Buffer.alloc(query.questionEnd + (query.edns ? 11 : 0));
  message.copy(sent, HEADER_SIZE, HEADER_SIZE, query.questionEnd);
  sent.set(id, 0);
  sent.writeUInt16BE(0x0100 | (message.readUInt16BE(2) & CHECKING_DISABLED), 2);
  sent.writeUInt16BE(1, 4);
  if (!query.edns) return sent;
  sent.writeUInt16BE(1, 10);
  sent.writeUInt16BE(41, query.questionEnd + 1);
  sent.writeUInt16BE(UDP_LIMIT, query.questionEnd + 3);
  sent.writeUInt16BE(query.dnssecOk ? 0x8000 : 0, query.questionEnd + 7);
  return sent;
}

/** What makes two queries one: the name without its case, type and class, and what changes the answer's form. */
function cacheKey(message: Buffer, query: Query): string {
  const form = `${query.edns ? 1 : 0}${query.dnssecOk ? 1 : 0}${message.readUInt16BE(2) & CHECKING_DISABLED}`;
  return `${query.type} ${query.class} ${form} ${lowerName(message, HEADER_SIZE, query.nameEnd)}`;
}

function adapt(
  message: Buffer,
  query: Query,
  limit: number,
  found: { answer: UpstreamAnswer; ageSeconds: number },
): Buffer {
  const { answer, ageSeconds } = found;
  if (answer.message.length > limit) return writeReply(message, query, { rcode: RCODE.NOERROR, truncated: true });
  const reply = Buffer.from(answer.message);
  message.copy(reply, 0, 0, 2);
  message.copy(reply, HEADER_SIZE, HEADER_SIZE, query.questionEnd);
  const flags = (reply.readUInt16BE(2) & ~0x0100) | (message.readUInt16BE(2) & 0x0100) | 0x0080;
  reply.writeUInt16BE(flags, 2);
  for (const offset of answer.ttlOffsets)
    reply.writeUInt32BE(Math.max(0, reply.readUInt32BE(offset) - ageSeconds), offset);
  return reply;
}

export function createForward(ports: ForwardPorts): Forward {
  const cache = createAnswerCache(ports.clock);
  const inFlight = new Map<string, Promise<UpstreamAnswer | null>>();

  const askOne = async (upstream: Upstream, sent: Buffer, questionEnd: number): Promise<UpstreamAnswer | null> => {
    const whole = (answer: Buffer): boolean => readUpstreamAnswer(sent, questionEnd, answer) !== null;
    const overUdp = await ports.udp(upstream, sent, whole);
    const answer = overUdp === null ? null : readUpstreamAnswer(sent, questionEnd, overUdp);
    if (answer?.truncated !== true) return answer;
    const overTcp = await ports.tcp(upstream, sent, whole);
    return overTcp === null ? null : readUpstreamAnswer(sent, questionEnd, overTcp);
  };

  const ask = async (key: string, message: Buffer, query: Query): Promise<UpstreamAnswer | null> => {
    for (const upstream of ports.upstreams().slice(0, MOST_TRIES)) {
      const sent = writeUpstreamQuery(message, query, ports.random.bytes(2));
      const answer = await askOne(upstream, sent, query.questionEnd);
      if (answer === null || answer.rcode === RCODE.SERVFAIL || answer.rcode === RCODE.REFUSED) continue;
      cache.put(key, answer);
      return answer;
    }
    return null;
  };

  const askOnce = (key: string, message: Buffer, query: Query): Promise<UpstreamAnswer | null> => {
    const running = inFlight.get(key);
    if (running !== undefined) return running;
    if (inFlight.size >= MOST_IN_FLIGHT) return Promise.resolve(null);
    // The message is the socket's, and is kept here until the answer comes.
    const started = ask(key, Buffer.from(message), query)
      .catch(() => null)
      .finally(() => inFlight.delete(key));
    inFlight.set(key, started);
    return started;
  };

  return async (message, query, limit) => {
    const key = cacheKey(message, query);
    const found = cache.get(key) ?? { answer: await askOnce(key, message, query), ageSeconds: 0 };
    if (found.answer === null) return writeReply(message, query, { rcode: RCODE.SERVFAIL });
    return adapt(message, query, limit, { answer: found.answer, ageSeconds: found.ageSeconds });
  };
}
