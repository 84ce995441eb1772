import { tableStands } from '../nftables/apply.ts';
import { BRIDGE, TABLE } from '../nftables/render.ts';
import type { RunProgram } from '../run-program.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const MESH = 'wg0';

/** `nft list chains`: chains of other tables that look at forwarded packets and drop what nothing accepted. */
export function droppingChains(text: string): readonly string[] {
  const found: string[] = [];
  let [table, chain] = ['', ''];
  for (const line of text.split('\n')) {
    table = /^table (.+) \{/.exec(line)?.[1] ?? table;
    chain = /^\s+chain (\S+) \{/.exec(line)?.[1] ?? chain;
    if (/hook forward .*policy drop/.test(line) && table !== `inet ${TABLE}`) found.push(`${table} ${chain}`);
  }
  return found;
}

function whose(chains: string): string {
  if (chains.includes('DOCKER')) return 'Docker';
  return chains.includes('ufw-') ? 'ufw' : 'a firewall on this host';
}

const ACCEPT = [
  ['-i', MESH, '-o', BRIDGE],
  ['-i', BRIDGE, '-o', MESH],
];

/** An accept of ours cannot overrule another table's drop: only a rule in that table can. */
export async function checkForwarding(run: RunProgram): Promise<Finding> {
  const { stdout } = await run('nft', ['list', 'chains']);
  const dropping = droppingChains(stdout);
  if (dropping.length === 0) return ok('forwarding', 'no firewall on this host drops it');
  const present = await Promise.all(ACCEPT.map((rule) => run('iptables', ['-C', 'FORWARD', ...rule, '-j', 'ACCEPT'])));
  if (dropping.length === 1 && dropping[0] === 'ip filter FORWARD' && present.every((one) => one.code === 0)) {
    return ok('forwarding', 'FORWARD drops by default and accepts the mesh');
  }
  const rules = ACCEPT.map((rule) => `iptables -I FORWARD ${rule.join(' ')} -j ACCEPT`).join(' && ');
  const message = `${whose(stdout)} drops forwarded packets (${dropping.join(', ')}): other servers may not reach containers here`;
  return warn('forwarding', message, `${rules}; make it last with that firewall’s own configuration`);
}

export async function checkFirewall(run: RunProgram): Promise<readonly Finding[]> {
  const table = (await tableStands(run))
    ? ok('firewall', `table inet ${TABLE} stands`)
    : fail(
        'firewall',
        `table inet ${TABLE} is missing or incomplete`,
        'the agent sets it within seconds; see: journalctl -u techulus-agent',
      );
  return [table, await checkForwarding(run)];
}
