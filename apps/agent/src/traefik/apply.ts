import type { Effector } from '@techulus/reconcile';

export const applyTraefik: Effector<'apply_traefik'> = ({ routes }) => {
  if (routes.length === 0) return Promise.resolve({ outcome: 'done' });
  return Promise.resolve({
    outcome: 'refused',
    message:
      'public routes need the Traefik part, which this agent does not have; upgrade techulus-agent on this proxy',
  });
};
