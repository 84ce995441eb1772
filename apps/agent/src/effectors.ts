/** One effector for each kind of action, by type: a new kind does not compile until it has one. */
import type { Effectors } from '@techulus/reconcile';
import type { ContainerEffectors } from './podman/apply.ts';

/** What the folders dns/, traefik/ and wireguard/ bring. */
export type SectionEffectors = Pick<Effectors, 'apply_dns' | 'apply_traefik' | 'apply_wireguard'>;

export function effectors(containers: ContainerEffectors, sections: SectionEffectors): Effectors {
  return { ...containers, ...sections };
}
