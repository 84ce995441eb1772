/** Ours in every network namespace of the host; no other table is touched. */
export const TABLE = 'techulus';
export const BRIDGE = 'techulus0';
const MESH = 'wg0';
const RANGES = '{ 10.100.0.0/16, 10.200.0.0/16 }';

/**
 * The whole table, replaced in one transaction (`add` first, so that the `delete` also works the first time).
 *
 * - forward, input: containers and the mesh are reached through wg0 and the bridge only, whatever routes a neighbour adds.
 * - postrouting: netavark masquerades all that leaves a container's subnet, and a later chain cannot take that back, nor does an
 *   `accept` here keep it from being asked. Source NAT *to the source it has* settles the connection's address before
 *   netavark's chain, so services see who really called.
 */
export function renderNftables(): string {
  return `add table inet ${TABLE}
delete table inet ${TABLE}
table inet ${TABLE} {
	chain forward {
		type filter hook forward priority filter - 5; policy accept;
		ct state established,related accept
		iifname { "${MESH}", "${BRIDGE}" } accept
		ip daddr ${RANGES} drop
		oifname { "${MESH}", "${BRIDGE}" } drop
	}
	chain input {
		type filter hook input priority filter - 5; policy accept;
		ip daddr ${RANGES} iifname != { "lo", "${MESH}", "${BRIDGE}" } drop
	}
	chain postrouting {
		type nat hook postrouting priority srcnat - 10; policy accept;
		ip saddr 10.200.0.0/16 ip daddr ${RANGES} snat ip to ip saddr
	}
}
`;
}
