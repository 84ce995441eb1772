import { isIP } from 'node:net';
import { InvalidMessage } from '@techulus/contract';

/** `address:port`, `[address]:port` for IPv6: what other servers' tunnels are configured with, so nothing else passes. */
function isEndpoint(text: string): boolean {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const [, v6, v4, port] = match ?? [];
  const known = v6 === undefined ? isIP(v4 ?? '') === 4 : isIP(v6) === 6;
  return known && Number(port) >= 1 && Number(port) <= 65_535;
}

export function requireEndpoints(field: string, endpoints: readonly string[]): void {
  if (endpoints.every(isEndpoint)) return;
  throw new InvalidMessage('the request', [{ field, message: `${field} must be address:port each` }]);
}
