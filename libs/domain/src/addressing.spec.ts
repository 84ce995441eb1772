import fc from 'fast-check';
import {
  containerSubnet,
  freeAddress,
  freeSubnetId,
  gatewayAddress,
  macOf,
  meshAddress,
  meshSubnet,
} from './addressing.ts';

const subnet = fc.integer({ min: 1, max: 255 });
const host = fc.integer({ min: 2, max: 254 });

describe('the address plan', () => {
  it('gives server X its subnets', () => {
    expect([meshAddress(7), meshSubnet(7), containerSubnet(7), gatewayAddress(7)]).toEqual([
      '10.100.7.1',
      '10.100.7.0/24',
      '10.200.7.0/24',
      '10.200.7.1',
    ]);
  });

  it('gives out only free container addresses, all of them, and then none', () => {
    fc.assert(
      fc.property(subnet, fc.uniqueArray(host), host, (id, hosts, last) => {
        const taken = new Set(hosts.map((n) => `10.200.${id}.${n}`));
        for (let left = 253 - taken.size; left > 0; left -= 1) {
          const address = freeAddress(id, taken, last) ?? '';
          expect(taken.has(address)).toBe(false);
          expect(address).toMatch(new RegExp(`^10\\.200\\.${id}\\.(25[0-4]|2[0-4]\\d|1\\d\\d|[2-9]|[1-9]\\d)$`));
          taken.add(address);
        }
        expect(freeAddress(id, taken, last)).toBeNull();
      }),
      { numRuns: 20 },
    );
  });

  it('lets a freed address rest the longest', () => {
    expect(freeAddress(1, new Set(), 5)).toBe('10.200.1.6');
    expect(freeAddress(1, new Set(), 254)).toBe('10.200.1.2');
  });

  it('gives two addresses two MACs, locally administered', () => {
    expect(macOf('10.200.1.2')).toBe('02:54:0a:c8:01:02');
    fc.assert(
      fc.property(
        subnet,
        host,
        subnet,
        host,
        (a, b, c, d) => (macOf(`10.200.${a}.${b}`) === macOf(`10.200.${c}.${d}`)) === (a === c && b === d),
      ),
    );
  });

  it('gives the lowest free subnet, and none when all are held', () => {
    expect(freeSubnetId(new Set([1, 2, 4]))).toBe(3);
    expect(freeSubnetId(new Set(Array.from({ length: 255 }, (_, n) => n + 1)))).toBeNull();
  });
});
