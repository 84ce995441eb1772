import { activeRollout, type ClusterState, deploymentsOf, type Rollout, secretNamed, streamOf } from '@techulus/domain';
import type { DeploymentResource } from '../deployments/deployment.dto.ts';
import type { RolloutResource } from '../rollouts/rollout.dto.ts';

/** What is asked about: how it stands, and the streams that made it so, its own first. */
export interface Subject {
  readonly state: string;
  readonly streams: readonly string[];
}

export function deploymentSubject(deployment: DeploymentResource): Subject {
  const { id, serviceName, serverName, address, stage, rolloutId, serviceId, replaces } = deployment;
  const name = `replica ${address} of ${serviceName ?? 'a deleted service'} on ${serverName ?? 'a removed server'}`;
  const leaving = deployment.leaving === null ? '' : `, leaving (${deployment.leaving.reason})`;
  const cause = rolloutId === null ? streamOf('service', serviceId) : streamOf('rollout', rolloutId);
  const replaced = replaces === null ? [] : [streamOf('deployment', replaces)]; // says why it had to be replaced
  return { state: `${name} is ${stage}${leaving}`, streams: [streamOf('deployment', id), cause, ...replaced] };
}

export function rolloutSubject(rollout: RolloutResource): Subject {
  const { id, serviceName, revision, status, direction } = rollout;
  const back = direction === 'back' && status === 'in_progress' ? ', going back' : '';
  const made = rollout.deployments.map((deployment) => streamOf('deployment', deployment.id));
  const state = `the rollout of ${serviceName ?? 'a deleted service'} to revision ${revision} is ${status.replaceAll('_', ' ')}${back}`;
  return { state, streams: [streamOf('rollout', id), ...made] };
}

function serviceSubject(cluster: ClusterState, id: string): Subject | null {
  const service = cluster.services.get(id);
  if (service === undefined) return null;
  const rollout: Rollout | undefined = activeRollout(cluster, id);
  const runs = service.runningRevision === null ? 'runs nothing yet' : `runs revision ${service.runningRevision}`;
  const state = `service ${service.name} ${runs}${service.deleting ? ' and is being deleted' : ''}${rollout === undefined ? '' : ', a rollout is under way'}`;
  const replicas = deploymentsOf(cluster, id).map((deployment) => streamOf('deployment', deployment.id));
  const moves = rollout === undefined ? [] : [streamOf('rollout', rollout.id)];
  return { state, streams: [streamOf('service', id), ...moves, ...replicas] };
}

function serverSubject(cluster: ClusterState, id: string): Subject | null {
  const server = cluster.servers.get(id);
  if (server === undefined) return null;
  const tokens = [...cluster.tokens.values()].filter((token) => token.serverId === id);
  const marks = [server.cordoned ? 'cordoned' : '', server.draining ? 'draining' : '', server.removed ? 'removed' : ''];
  const state =
    marks.filter((mark) => mark !== '').join(', ') ||
    (server.registration === null ? 'not registered yet' : 'part of the mesh');
  return {
    state: `server ${server.name} is ${state}`,
    streams: [streamOf('server', id), ...tokens.map((token) => streamOf('registration_token', token.id))],
  };
}

/** What the fold still holds; null: it holds no such thing. A secret is asked for by its name. */
export function subjectIn(
  cluster: ClusterState,
  kind: 'project' | 'server' | 'service' | 'secret' | 'registry',
  id: string,
): Subject | null {
  switch (kind) {
    case 'service':
      return serviceSubject(cluster, id);
    case 'server':
      return serverSubject(cluster, id);
    case 'project': {
      const project = cluster.projects.get(id);
      return project === undefined
        ? null
        : { state: `project ${project.name} exists`, streams: [streamOf('project', id)] };
    }
    case 'secret': {
      const secret = secretNamed(cluster, id);
      return secret === undefined
        ? null
        : {
            state: `secret ${secret.name} is at version ${secret.currentVersion}`,
            streams: [streamOf('secret', secret.id)],
          };
    }
    case 'registry':
      return cluster.registries.has(id)
        ? { state: `credentials for ${id} are known`, streams: [streamOf('registry', id)] }
        : null;
  }
}
