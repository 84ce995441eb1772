import type { Forward } from './forward.ts';
import { CLASS, HEADER_SIZE, lowerName, type Query, RCODE, readQuery } from './message.ts';
import { writeErrorHeader, writeReply } from './reply.ts';
import type { Zone } from './zone.ts';

export interface Received {
  readonly via: 'udp' | 'tcp';
  /** Asked from this server's own address: may read what the agent reads. */
  readonly fromThisServer: boolean;
}

/** The reply to one message, at once for names of ours; null says nothing back. */
export type Answer = (message: Buffer, received: Received) => Buffer | null | Promise<Buffer>;

const TCP_LIMIT = 65_535;

export function createAnswer(zone: () => Zone | null, forward: Forward): Answer {
  const resolve = (message: Buffer, query: Query, received: Received): Buffer | Promise<Buffer> => {
    if (query.class !== CLASS.IN) return writeReply(message, query, { rcode: RCODE.REFUSED });
    const ours = zone();
    if (ours === null) return writeReply(message, query, { rcode: RCODE.SERVFAIL });
    const asked = message.toString('latin1', HEADER_SIZE, query.nameEnd);
    const name = ours.knows(asked) ? asked : lowerName(message, HEADER_SIZE, query.nameEnd);
    const limit = received.via === 'tcp' ? TCP_LIMIT : query.limit;
    const content = ours.answer(name, query, limit, received.fromThisServer);
    return content === null ? forward(message, query, limit) : writeReply(message, query, content);
  };

  return (message, received) => {
    const reading = readQuery(message);
    switch (reading.kind) {
      case 'dropped':
        return null;
      case 'refused':
        if (reading.query === null) return writeErrorHeader(message, reading.rcode);
        return writeReply(message, reading.query, { rcode: reading.rcode });
      case 'query':
        return resolve(message, reading.query, received);
    }
  };
}
