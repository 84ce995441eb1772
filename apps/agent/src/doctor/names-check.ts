import { formatGeneration, type Generation } from '@techulus/contract';
import type { AskServer } from '../dns/index.ts';
import { dnsAddress } from '../dns-server/dns-file.ts';
import { explain } from '../log.ts';
import type { RunProgram } from '../run-program.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

/** Null: no names were sent to this server yet. */
export async function checkNames(ask: AskServer, subnetId: number, expected: Generation | null): Promise<Finding> {
  const address = dnsAddress(subnetId);
  try {
    const loaded = await ask.loaded(address);
    const has = loaded === null ? 'nothing' : `generation ${formatGeneration(loaded.generation)}`;
    if (expected === null || (loaded !== null && formatGeneration(loaded.generation) === formatGeneration(expected))) {
      return ok('names', `${address} answers with ${has}`);
    }
    return warn(
      'names',
      `${address} answers with ${has}, expected is ${formatGeneration(expected)}`,
      'the agent loads it; see: journalctl -u techulus-agent -u techulus-dns',
    );
  } catch (error) {
    return fail(
      'names',
      explain(error),
      'systemctl restart techulus-dns, then: journalctl -u techulus-dns; another name server on all addresses would hold port 53',
    );
  }
}

export async function checkResolver(run: RunProgram, subnetId: number): Promise<Finding> {
  if ((await run('systemctl', ['is-active', '--quiet', 'systemd-resolved.service'])).code !== 0) {
    return ok('resolver', 'systemd-resolved does not run: containers resolve .internal, this host itself does not');
  }
  const { stdout } = await run('resolvectl', ['dns', 'wg0']);
  if (stdout.includes(dnsAddress(subnetId))) return ok('resolver', 'this host resolves .internal too');
  return warn(
    'resolver',
    'systemd-resolved does not ask our names',
    'the agent sets it within seconds; see: resolvectl status wg0',
  );
}
