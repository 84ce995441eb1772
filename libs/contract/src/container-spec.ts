import { canonicalJson } from './canonical.ts';
import type { DeploymentPart } from './parts.ts';

/**
 * What is fixed when a container is created, as one hash; the label that carries it tells whether a container is still
 * the one that is wanted. Left out is what can change beside a running container: `want`, the health check, the stop
 * timeout, the registry's credentials (else their rotation would restart everything).
 */
export function containerSpecHash(part: DeploymentPart, sha256: (text: string) => string): string {
  const { serviceId, image, address, mac, command, env, secrets, resources } = part;
  return sha256(canonicalJson({ serviceId, image, address, mac, command: command ?? null, env, secrets, resources }));
}
