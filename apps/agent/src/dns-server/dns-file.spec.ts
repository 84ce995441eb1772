import { parseDnsFile } from './dns-file.ts';
import { parseResolvConf } from './node-upstreams.ts';

const good = {
  generation: { epoch: 1, position: 2, renderer: 1 },
  hash: 'b'.repeat(64),
  subnetId: 3,
  records: [{ key: 'web', addresses: ['10.200.1.2'] }],
};

it('reads what the agent wrote', () => expect(parseDnsFile(JSON.stringify(good))).toEqual(good));

it.each([
  ['', 'JSON'],
  ['[]', 'object'],
  [JSON.stringify({ ...good, hash: 'x' }), 'hash'],
  [JSON.stringify({ ...good, subnetId: 256 }), 'subnetId'],
  [JSON.stringify({ ...good, generation: { epoch: 1 } }), 'generation.position'],
  [JSON.stringify({ ...good, records: [{ key: 'Web', addresses: [] }] }), 'key'],
  [JSON.stringify({ ...good, records: [{ key: 'web', addresses: ['::1'] }] }), 'addresses'],
])('refuses %s', (text, reason) => expect(() => parseDnsFile(text)).toThrow(new RegExp(reason, 'i')));

it('reads the resolvers of a resolv.conf', () => {
  expect(
    parseResolvConf('# c\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # x\nnameserver nonsense\nsearch a\n'),
  ).toEqual(['192.0.2.1', '2001:db8::1']);
});
