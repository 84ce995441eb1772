import { type Podman, type PodmanNetwork, LABELS } from './podman.ts';
import { renderNetwork } from './render.ts';

function same(a: PodmanNetwork, b: PodmanNetwork): boolean {
  return a.subnet === b.subnet && a.gateway === b.gateway && a.bridge === b.bridge;
}

/** Makes the network of this server if it is missing; answers what a person has to do where another one bears its name. */
export async function ensureNetwork(podman: Podman, serverId: string, subnetId: number): Promise<string | null> {
  const wanted = renderNetwork(serverId, subnetId);
  const found = await podman.network(wanted.name);
  if (found !== null && !(LABELS.server in found.labels)) {
    return (
      `a Podman network named "${wanted.name}" exists that Techulus did not make (${found.subnet}); ` +
      `it is left alone: remove or rename it (podman network rm ${wanted.name}), then this goes on by itself`
    );
  }
  if (found !== null && same(found, wanted)) return null;
  // Ours, from an earlier registration with another subnet.
  if (found !== null) await podman.removeNetwork(wanted.name);
  await podman.createNetwork(wanted);
  return null;
}
