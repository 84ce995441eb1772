/** What Podman reads about registries: plain HTTP for people who pull by hand, certificate authorities for every pull. */
import type { RegistryAccess } from '@techulus/contract';
import { writeWhole } from '../state/state-file.ts';

const CONTAINERS = '/etc/containers';

function fileName(host: string): string {
  return host.replaceAll(/[^A-Za-z0-9.-]/g, '_');
}

export async function writeRegistryFiles(host: string, access: RegistryAccess, folder = CONTAINERS): Promise<void> {
  if (access.plainHttp) {
    const text = `# Written by techulus-agent.\n[[registry]]\nlocation = ${JSON.stringify(host)}\ninsecure = true\n`;
    await writeWhole(`${folder}/registries.conf.d/techulus-${fileName(host)}.conf`, text, 0o644);
  }
  if (access.caPem !== null) await writeWhole(`${folder}/certs.d/${host}/techulus.crt`, access.caPem, 0o644);
}
