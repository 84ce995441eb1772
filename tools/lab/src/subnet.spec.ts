import { addressIn, chooseSubnet, freeHost, macOf, maxNodes, overlaps, vethName } from './subnet.ts';

describe('subnet', () => {
  it('takes the first that neither a route nor another lab has', () => {
    expect(chooseSubnet([], new Set())).toBe(1);
    expect(chooseSubnet(['172.30.1.0/24', '10.0.0.0/8', '172.30.2.7'], new Set([3]))).toBe(4);
  });

  it('has none where a wider network covers all', () => {
    expect(chooseSubnet(['172.16.0.0/12'], new Set())).toBeUndefined();
  });

  it('sees overlaps in both directions', () => {
    expect(overlaps(5, '172.30.0.0/16')).toBe(true);
    expect(overlaps(5, '172.30.5.128/25')).toBe(true);
    expect(overlaps(5, '172.30.6.0/24')).toBe(false);
    expect(overlaps(5, 'broadcast')).toBe(false);
  });

  it('gives the lowest free host, and none beyond the limit', () => {
    expect(freeHost([1, 3])).toBe(2);
    expect(freeHost(Array.from({ length: maxNodes }, (_, i) => i + 1))).toBeUndefined();
  });

  it('names interfaces within the 15 characters of the kernel, and MACs by address', () => {
    expect(vethName(254, maxNodes).length).toBeLessThanOrEqual(15);
    expect(addressIn(7, 2)).toBe('172.30.7.2');
    expect(macOf(7, 2)).toBe('02:1a:b0:00:07:02');
  });
});
