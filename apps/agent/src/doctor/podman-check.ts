import { explain } from '../log.ts';
import { LABELS, NETWORK, type Podman } from '../podman/podman.ts';
import { fail, type Finding, ok } from './finding.ts';

export async function checkPodman(podman: Pick<Podman, 'version' | 'network'>): Promise<readonly Finding[]> {
  try {
    const version = await podman.version();
    const network = await podman.network(NETWORK);
    return [ok('podman', `version ${version} answers`), checkNetwork(network)];
  } catch (error) {
    return [
      fail(
        'podman',
        `does not answer: ${explain(error)}`,
        'systemctl restart podman.socket, then: journalctl -u podman',
      ),
    ];
  }
}

function checkNetwork(network: Awaited<ReturnType<Podman['network']>>): Finding {
  if (network === null) return ok('network', `no Podman network ${NETWORK} yet; it is made with the first container`);
  const message = `${network.subnet} on ${network.bridge}, MTU ${network.mtu}`;
  if (LABELS.server in network.labels) return ok('network', message);
  return fail(
    'network',
    `${message}, and Techulus did not make it`,
    `remove or rename it: podman network rm ${NETWORK}`,
  );
}
