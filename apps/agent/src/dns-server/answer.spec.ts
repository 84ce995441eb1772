import { Packet } from 'dns2';
import fc from 'fast-check';
import { createAnswer } from './answer.ts';
import { RCODE, TYPE } from './message.ts';
import { ADDRESSES_PER_PAGE, compileZone } from './zone.ts';

const hash = 'a'.repeat(64);
const many = Array.from({ length: 200 }, (_, index) => `10.200.3.${index + 2}`);
const file = {
  generation: { epoch: 1, position: 4711, renderer: 1 },
  hash,
  subnetId: 7,
  records: [
    { key: 'web', addresses: ['10.200.1.2', '10.200.2.2', '10.200.3.2'] },
    { key: 'idle', addresses: [] },
    { key: 'wide', addresses: many },
  ],
};
const zone = compileZone(file, { fraction: () => 0 });
const forwarded: string[] = [];
const answer = createAnswer(
  () => zone,
  (message) => {
    forwarded.push(message.toString('latin1', 12));
    return Promise.resolve(Buffer.from('forwarded'));
  },
);

const unasked = (): Promise<never> => Promise.reject(new Error('never forwarded'));

function query(name: string, type: number, edns = 0): Buffer {
  const packet = new Packet();
  packet.header.id = 4242;
  packet.header.rd = 1;
  packet.questions.push(new Packet.Question(name, type, 1));
  if (edns > 0) packet.additionals.push({ ...Packet.Resource.EDNS([]), class: edns });
  return packet.toBuffer();
}

function ask(
  name: string,
  type: number,
  options: { edns?: number; via?: 'udp' | 'tcp'; fromThisServer?: boolean } = {},
) {
  const { edns = 0, via = 'udp', fromThisServer = false } = options;
  const reply = answer(query(name, type, edns), { via, fromThisServer });
  if (!Buffer.isBuffer(reply)) throw new Error('answered at once');
  const packet = Packet.parse(reply);
  expect(packet.errors).toEqual([]);
  return { packet, size: reply.length, addresses: packet.answers.map((one) => one.address) };
}

describe('names under .internal', () => {
  it('rotates a service’s addresses, authoritative, for five seconds', () => {
    const firsts = [1, 2, 3].map(() => ask('web.internal', TYPE.A));
    expect(new Set(firsts.map((one) => one.addresses[0]))).toEqual(new Set(['10.200.1.2', '10.200.2.2', '10.200.3.2']));
    expect(firsts.map((one) => one.addresses.toSorted())).toEqual(
      Array(3).fill(['10.200.1.2', '10.200.2.2', '10.200.3.2']),
    );
    const { header, answers } = firsts[0]!.packet;
    expect(header).toMatchObject({ id: 4242, aa: 1, rd: 1, ra: 1, tc: 0, rcode: RCODE.NOERROR });
    expect(answers.map((one) => [one.name, one.ttl])).toEqual(Array(3).fill(['web.internal', 5]));
  });

  it('begins anywhere, so that servers that are asked once each do not all name the same one first', () => {
    const firstOf = (fraction: number): string | undefined => {
      const one = compileZone(file, { fraction: () => fraction });
      const reply = createAnswer(() => one, unasked)(query('web.internal', TYPE.A), {
        via: 'udp',
        fromThisServer: false,
      });
      return Buffer.isBuffer(reply) ? Packet.parse(reply).answers[0]?.address : undefined;
    };
    expect([0, 0.4, 0.999].map(firstOf)).toEqual(['10.200.1.2', '10.200.2.2', '10.200.3.2']);
  });

  it('ignores the case of letters and gives the question back as it was asked', () => {
    const { packet, addresses } = ask('WeB.InTERNAL', TYPE.A);
    expect(addresses).toHaveLength(3);
    expect(packet.questions[0]?.name).toBe('WeB.InTERNAL');
  });

  it('answers no more than fits', () => {
    expect(ask('wide.internal', TYPE.A)).toMatchObject({ size: expect.any(Number), packet: { header: { tc: 0 } } });
    expect(ask('wide.internal', TYPE.A).size).toBeLessThanOrEqual(512);
    expect(ask('wide.internal', TYPE.A, { edns: 4096 }).size).toBeLessThanOrEqual(1232);
    expect(ask('wide.internal', TYPE.A, { edns: 4096 }).addresses.length).toBeGreaterThan(70);
    expect(new Set(ask('wide.internal', TYPE.A, { via: 'tcp' }).addresses)).toEqual(new Set(many));
  });

  it('answers NODATA for other types and for a service that nothing serves, NXDOMAIN for an unknown name', () => {
    const noData = [ask('web.internal', TYPE.AAAA), ask('idle.internal', TYPE.A), ask('internal', TYPE.A)];
    for (const { packet } of noData) {
      expect(packet.header).toMatchObject({ rcode: RCODE.NOERROR, ancount: 0, aa: 1 });
      expect(packet.authorities).toMatchObject([{ name: 'internal', type: TYPE.SOA, serial: 4711, minimum: 5 }]);
    }
    for (const name of ['nobody.internal', 'a.web.internal', '2.1.200.10.in-addr.arpa']) {
      const { packet } = ask(name, TYPE.A);
      expect(packet.header.rcode).toBe(RCODE.NXDOMAIN);
      expect(packet.authorities).toHaveLength(1);
    }
    expect(forwarded).toEqual([]);
  });

  it('proves what is loaded, and lists its addresses to this server alone', () => {
    const { packet } = ask('generation.techulus.internal', TYPE.TXT);
    expect(packet.answers[0]?.data).toEqual([`1.4711.1 ${hash}`]);
    const listed = ask('0.addresses.techulus.internal', TYPE.TXT, { via: 'tcp', fromThisServer: true });
    const texts = listed.packet.answers.flatMap((one) => one.data as string[]);
    expect(new Set(texts.join(',').split(','))).toEqual(new Set(['10.200.1.2', '10.200.2.2', ...many]));
    expect(ask('0.addresses.techulus.internal', TYPE.TXT, { via: 'tcp' }).packet.header.rcode).toBe(RCODE.NXDOMAIN);
    expect(ADDRESSES_PER_PAGE * 16).toBeLessThan(65_000);
  });
});

it('forwards every other name', async () => {
  await answer(query('example.org', TYPE.A), { via: 'udp', fromThisServer: false });
  expect(forwarded).toHaveLength(1);
});

describe('what is not a query', () => {
  const received = { via: 'udp', fromThisServer: false } as const;
  const rcodeOf = (message: Buffer): number | null => {
    const reply = answer(message, received);
    return Buffer.isBuffer(reply) ? reply.readUInt8(3) & 0xf : null;
  };
  const edited = (edit: (message: Buffer) => void): Buffer => {
    const message = query('web.internal', TYPE.A);
    edit(message);
    return message;
  };

  it('drops answers and fragments of a header', () => {
    expect(answer(Buffer.alloc(11), received)).toBeNull();
    expect(
      answer(
        edited((message) => message.writeUInt8(0x80, 2)),
        received,
      ),
    ).toBeNull();
  });

  it('refuses other operations, several questions, names that point at themselves, lies about lengths', () => {
    expect(rcodeOf(edited((message) => message.writeUInt8(0x28, 2)))).toBe(RCODE.NOTIMP);
    expect(rcodeOf(edited((message) => message.writeUInt16BE(2, 4)))).toBe(RCODE.FORMERR);
    expect(rcodeOf(edited((message) => message.writeUInt16BE(0xc00c, 12)))).toBe(RCODE.FORMERR);
    expect(rcodeOf(edited((message) => message.writeUInt8(63, 12)))).toBe(RCODE.FORMERR);
    expect(rcodeOf(edited((message) => message.writeUInt16BE(9, 10)))).toBe(RCODE.FORMERR);
    expect(rcodeOf(Buffer.concat([query('web.internal', TYPE.A), Buffer.from([0])]))).toBe(RCODE.FORMERR);
  });

  it('survives any bytes, and anything near a query', () => {
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 8 }), fc.nat(60))
      .map(([edits, cut]) => {
        const message = query('web.internal', TYPE.A, 1400);
        for (const [at, byte] of edits) if (at < message.length) message[at] = byte;
        return cut > 50 ? message.subarray(0, cut - 40) : message;
      });
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
        ),
        (message) => {
          const reply = answer(message, received);
          if (Buffer.isBuffer(reply)) expect(reply.length).toBeLessThanOrEqual(1232);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
