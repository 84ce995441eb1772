import type { Effector } from '@techulus/reconcile';
import { dnsAddress } from '../dns-server/dns-file.ts';
import type { RunProgram } from '../run-program.ts';

const LINK = 'wg0';
const ZONE = '~internal';

/**
 * Makes the host itself resolve `.internal`, where systemd-resolved runs. The server is set on our own link, for our zone only and
 * never as a default route: set globally (a drop-in), resolved would send it every name of the host as well.
 * Kept by resolved over its own restarts; gone with the link, hence asked for again at every look.
 */
export async function ensureResolved(
  run: RunProgram,
  subnetId: number,
): Promise<'set' | 'absent' | { readonly failed: string }> {
  if ((await run('systemctl', ['is-active', '--quiet', 'systemd-resolved.service'])).code !== 0) return 'absent';
  const address = dnsAddress(subnetId);
  const asked = await Promise.all(['dns', 'domain', 'default-route'].map((what) => run('resolvectl', [what, LINK])));
  // Before the first tunnel, and while one is made anew: the section of the tunnels says what is wrong, if anything is.
  if (asked.some(({ stderr }) => stderr.includes('No such device'))) return 'absent';
  const [servers, domains, route] = asked.map(({ stdout }) => stdout.trim());
  const settings = [
    { stands: servers?.endsWith(`: ${address}`), args: ['dns', LINK, address] },
    { stands: domains?.endsWith(`: ${ZONE}`), args: ['domain', LINK, ZONE] },
    { stands: route?.endsWith(': no'), args: ['default-route', LINK, 'no'] },
  ];
  for (const { args } of settings.filter((one) => one.stands !== true)) {
    const set = await run('resolvectl', args);
    if (set.code !== 0) return { failed: `resolvectl ${args.join(' ')}: ${set.stderr.trim()}` };
  }
  return 'set';
}

/**
 * The link's settings went with the link, and the next look may be ten seconds away. Once the link stands again, names do too;
 * what failed here is tried again, and said, by that look.
 */
export function resolvedAfter(
  applyWireguard: Effector<'apply_wireguard'>,
  run: RunProgram,
  subnetId: number,
): Effector<'apply_wireguard'> {
  return async (action, signal) => {
    const outcome = await applyWireguard(action, signal);
    if (outcome.outcome === 'done') await ensureResolved(run, subnetId);
    return outcome;
  };
}
