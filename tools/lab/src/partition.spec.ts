import { renderPartition } from './partition.ts';

const addresses = { own: '172.30.4.1', gateway: '172.30.4.254', subnet: '172.30.4.0/24' };

describe('partition', () => {
  it('cuts the control plane and the registry, nothing else', () => {
    expect(renderPartition('api', addresses)).toBe(`table inet lab
delete table inet lab
table inet lab {
  chain input {
    type filter hook input priority -300; policy accept;
    ip saddr 172.30.4.254 drop
    ip daddr 172.30.4.254 drop
  }
  chain output {
    type filter hook output priority -300; policy accept;
    ip saddr 172.30.4.254 drop
    ip daddr 172.30.4.254 drop
  }
  chain forward {
    type filter hook forward priority -300; policy accept;
    ip saddr 172.30.4.254 drop
    ip daddr 172.30.4.254 drop
  }
}
`);
  });

  it('cuts the other nodes, but neither the gateway nor the node from itself', () => {
    const rules = renderPartition('nodes', addresses);
    expect(rules).toContain('ip saddr { 172.30.4.1, 172.30.4.254 } ip daddr { 172.30.4.1, 172.30.4.254 } accept');
    expect(rules.indexOf('accept\n    ip saddr 172.30.4.0/24 drop')).toBeGreaterThan(0);
  });
});
