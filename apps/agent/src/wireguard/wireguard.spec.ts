import type { PeerPart } from '@techulus/contract';
import type { ActualPeer } from '@techulus/reconcile';
import { parseDump, parseLink, parseRoutes } from './dump.ts';
import { endpointToWrite, nextEndpoints } from './endpoints.ts';
import { isOurs, type WireguardSight } from './observe.ts';
import { renderWireguard } from './render.ts';

const key = (letter: string): string => `${letter.repeat(43)}=`;
const part = (subnetId: number, letter: string, endpoints: string[]): PeerPart => ({
  key: `server-${letter}`,
  subnetId,
  publicKey: key(letter),
  endpoints,
});
const peer = (letter: string, endpoint: string | null, handshakeAgeSeconds: number | null): ActualPeer => ({
  publicKey: key(letter),
  allowedIps: [],
  endpoint,
  handshakeAgeSeconds,
});

it('renders the same text whatever the order', () => {
  const peers = [part(12, 'B', ['192.0.2.2:51820']), part(3, 'A', ['192.0.2.1:51820'])];
  const endpoints = new Map([[key('A'), '192.0.2.1:51820']]);
  const text = renderWireguard({ privateKey: key('S'), peers, endpoints });
  expect(text).toBe(renderWireguard({ privateKey: key('S'), peers: peers.toReversed(), endpoints }));
  expect(text).toBe(`[Interface]
PrivateKey = ${key('S')}
ListenPort = 51820

[Peer]
PublicKey = ${key('A')}
AllowedIPs = 10.100.3.0/24, 10.200.3.0/24
Endpoint = 192.0.2.1:51820
PersistentKeepalive = 25

[Peer]
PublicKey = ${key('B')}
AllowedIPs = 10.100.12.0/24, 10.200.12.0/24
PersistentKeepalive = 25
`);
});

describe('endpoints', () => {
  const two = part(3, 'A', ['192.0.2.1:51820', '198.51.100.1:51820']);

  it('writes none over one with a fresh handshake, nor over a candidate', () => {
    expect(endpointToWrite(two, undefined)).toBe('192.0.2.1:51820');
    expect(endpointToWrite(two, peer('A', '203.0.113.9:4000', 30))).toBeNull();
    expect(endpointToWrite(two, peer('A', '198.51.100.1:51820', null))).toBeNull();
    expect(endpointToWrite(two, peer('A', '203.0.113.9:4000', 4000))).toBe('192.0.2.1:51820');
  });

  it('goes round the candidates while there is no handshake', () => {
    const at = (endpoint: string | null, age: number | null): readonly unknown[] =>
      nextEndpoints([two], [peer('A', endpoint, age)]).map((change) => change.endpoint);
    expect(at('192.0.2.1:51820', null)).toEqual(['198.51.100.1:51820']);
    expect(at('198.51.100.1:51820', 4000)).toEqual(['192.0.2.1:51820']);
    expect(at('198.51.100.1:51820', 10)).toEqual([]);
    expect(nextEndpoints([part(3, 'A', ['192.0.2.1:1'])], [peer('A', '192.0.2.1:1', null)])).toEqual([]);
  });

  it('takes nothing that is not an address and a port', () => {
    const odd = part(3, 'A', ['192.0.2.1:1\n[Peer]', 'host:1', '999.0.0.1:1', '[2001:db8::1]:51820']);
    expect(endpointToWrite(odd, undefined)).toBe('[2001:db8::1]:51820');
  });
});

describe('what the system says', () => {
  it('reads a dump', () => {
    const own = `${key('S')}\t${key('P')}\t51820\toff`;
    const one = `${key('A')}\t(none)\t192.0.2.1:51820\t10.200.3.0/24,10.100.3.0/24\t1000\t5\t6\t25`;
    const two = `${key('B')}\t(none)\t(none)\t(none)\t0\t0\t0\toff`;
    expect(parseDump(`${own}\n${one}\n${two}\n`, 1010)).toEqual({
      publicKey: key('P'),
      peers: [
        {
          publicKey: key('A'),
          endpoint: '192.0.2.1:51820',
          allowedIps: ['10.100.3.0/24', '10.200.3.0/24'],
          handshakeAgeSeconds: 10,
        },
        { publicKey: key('B'), endpoint: null, allowedIps: [], handshakeAgeSeconds: null },
      ],
    });
    expect(parseDump('(none)\t(none)\t0\toff\n', 0)).toEqual({ publicKey: null, peers: [] });
  });

  it('reads the interface and its routes', () => {
    const link = [
      {},
      { ifalias: 'techulus', flags: ['UP'], mtu: 1420, addr_info: [{ local: '10.100.1.1', prefixlen: 24 }] },
    ];
    expect(parseLink(JSON.stringify(link))).toEqual({
      up: true,
      alias: 'techulus',
      mtu: 1420,
      addresses: ['10.100.1.1/24'],
    });
    const routes = [{ dst: '10.200.2.0/24' }, { dst: '10.100.1.0/24', protocol: 'kernel' }, { dst: '10.100.2.0/24' }];
    expect(parseRoutes(JSON.stringify(routes))).toEqual(['10.100.2.0/24', '10.200.2.0/24']);
    expect(parseRoutes('')).toEqual([]);
  });
});

describe('whose interface it is', () => {
  const bare: WireguardSight = {
    link: { up: false, alias: null, mtu: 1420, addresses: ['fe80::1/64'] },
    dump: { publicKey: null, peers: [] },
    routes: [],
  };

  it('is ours with our mark or our key, or as it was made', () => {
    expect(isOurs(bare, key('P'))).toBe(true);
    expect(isOurs({ ...bare, dump: { publicKey: key('P'), peers: [] } }, key('P'))).toBe(true);
    expect(isOurs({ ...bare, link: { ...bare.link, alias: 'techulus' } }, key('P'))).toBe(true);
  });

  it('is another’s with a key or an address that we did not give', () => {
    expect(isOurs({ ...bare, dump: { publicKey: key('X'), peers: [] } }, key('P'))).toBe(false);
    expect(isOurs({ ...bare, link: { ...bare.link, addresses: ['10.98.0.1/24'] } }, key('P'))).toBe(false);
  });
});
