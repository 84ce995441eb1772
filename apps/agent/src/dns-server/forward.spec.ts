import { Packet } from 'dns2';
import fc from 'fast-check';
import { createForward } from './forward.ts';
import { readQuery, TYPE } from './message.ts';
import { readUpstreamAnswer } from './upstream-answer.ts';
import type { Exchange, Upstream } from './upstream-sockets.ts';

function query(name = 'example.org'): Buffer {
  const packet = new Packet();
  packet.header.id = 7;
  packet.header.rd = 1;
  packet.questions.push(new Packet.Question(name, TYPE.A, 1));
  return packet.toBuffer();
}

function answerTo(sent: Buffer, ttl: number, count = 1): Buffer {
  const packet = Packet.parse(sent);
  packet.header.qr = 1;
  packet.header.ra = 1;
  for (let index = 0; index < count; index++) {
    packet.answers.push(
      new Packet.Resource({ name: 'example.org', type: 1, class: 1, ttl, address: `192.0.2.${index + 1}` }),
    );
  }
  return packet.toBuffer();
}

/** A forwarder whose upstreams answer as told, at a clock that the test moves. */
function forwarder(udp: Exchange, tcp: Exchange = () => Promise.resolve(null), names = ['192.0.2.53', '192.0.2.54']) {
  let now = 0;
  let id = 0;
  const upstreams = names.map((address): Upstream => ({ address, port: 53 }));
  const forward = createForward({
    upstreams: () => upstreams,
    udp,
    tcp,
    clock: { now: () => now, monotonic: () => now },
    random: { id: () => '', fraction: () => 0, bytes: () => Uint8Array.from([9, id++]) },
  });
  const ask = async (message = query(), limit = 512) => {
    const reading = readQuery(message);
    if (reading.kind !== 'query') throw new Error('a query');
    return Packet.parse(await forward(message, reading.query, limit));
  };
  return { ask, pass: (ms: number) => void (now += ms) };
}

const checked =
  (asked: string[], reply: (sent: Buffer) => Buffer | null): Exchange =>
  (upstream, sent, accept) => {
    asked.push(upstream.address);
    const answer = reply(sent);
    return Promise.resolve(answer !== null && accept(answer) ? answer : null);
  };

it('asks once for as long as the TTL lasts, and counts it down', async () => {
  const asked: string[] = [];
  const { ask, pass } = forwarder(checked(asked, (sent) => answerTo(sent, 30)));
  await Promise.all([ask(), ask(query('EXAMPLE.org'))]);
  pass(12_000);
  const later = await ask();
  expect(later.header).toMatchObject({ id: 7, rcode: 0 });
  expect(later.answers).toMatchObject([{ address: '192.0.2.1', ttl: 18 }]);
  expect(asked).toHaveLength(1);
  pass(18_000);
  await ask();
  expect(asked).toHaveLength(2);
});

it('tries the next upstream, and says SERVFAIL when none answers or there is none', async () => {
  const asked: string[] = [];
  const second = forwarder((upstream, sent, accept) =>
    checked(asked, (one) => (upstream.address.endsWith('54') ? answerTo(one, 5) : null))(upstream, sent, accept),
  );
  expect((await second.ask()).answers).toHaveLength(1);
  expect(asked).toEqual(['192.0.2.53', '192.0.2.54']);
  expect((await forwarder(checked([], () => null)).ask()).header.rcode).toBe(2);
  expect(
    (
      await forwarder(
        checked(asked, () => null),
        undefined,
        [],
      ).ask()
    ).header.rcode,
  ).toBe(2);
  expect(asked).toHaveLength(2);
});

it('takes a truncated answer again over TCP, and tells a client that it does not fit', async () => {
  const truncated = checked([], (sent) => {
    const answer = answerTo(sent, 60, 0);
    answer.writeUInt8(answer.readUInt8(2) | 0x02, 2);
    return answer;
  });
  const { ask } = forwarder(
    truncated,
    checked([], (sent) => answerTo(sent, 60, 100)),
  );
  expect((await ask()).header).toMatchObject({ tc: 1, ancount: 0 });
  expect((await ask(query(), 65_535)).answers).toHaveLength(100);
});

it('takes no answer to another question or with another id', () => {
  const sent = query();
  const end = sent.length;
  const good = answerTo(sent, 5);
  expect(readUpstreamAnswer(sent, end, good)).not.toBeNull();
  const otherId = Buffer.from(good);
  otherId.writeUInt16BE(8, 0);
  expect(readUpstreamAnswer(sent, end, otherId)).toBeNull();
  expect(readUpstreamAnswer(sent, end, answerTo(query('example.com'), 5))).toBeNull();
  expect(readUpstreamAnswer(sent, end, good.subarray(0, good.length - 1))).toBeNull();
});

it('survives anything near an answer', () => {
  const sent = query();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 10 }), fc.nat(90), (edits, cut) => {
      const answer = answerTo(sent, 5, 3);
      for (const [at, byte] of edits) if (at < answer.length) answer[at] = byte;
      readUpstreamAnswer(sent, sent.length, answer.subarray(0, Math.max(cut, 12)));
    }),
    { numRuns: 3000 },
  );
});
