/** What the REST surface shows, by short names. */
export type {
  DeploymentResource as Deployment,
  EventResource as Event,
  RolloutResource as Rollout,
  ServerResource as Server,
  ServiceResource as Service,
  WhyResource as Why,
} from '@techulus/api-client';
