/** The firewall table of ours: no public ports, forwarding between mesh and containers, real source addresses. */
export { ensureFirewall, removeFirewall, tableStands } from './apply.ts';
export { BRIDGE, renderNftables, TABLE } from './render.ts';
