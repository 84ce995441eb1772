import { deploymentProjection } from '../deployments/deployment.projection.ts';
import { projectProjection } from '../projects/project.projection.ts';
import { rolloutProjection } from '../rollouts/rollout.projection.ts';
import { serverProjection } from '../servers/server.projection.ts';
import { serviceProjection } from '../services/service.projection.ts';
import type { Projection } from './projection.ts';

/** Every read model's writer, in the order in which they see an event. */
export const projections: readonly Projection[] = [
  projectProjection,
  serverProjection,
  serviceProjection,
  rolloutProjection,
  deploymentProjection,
];

export const readModelEntities = projections.flatMap((projection) => projection.entities);
