/** What may be done now, asked of the same rules that decide, and sent with each resource. */
import { whyProjectStays } from './project-commands.ts';
import { whyNotCancelled } from './rollout-commands.ts';
import type { ClusterState, Project, Rollout, Server, Service } from './state.ts';

export interface Permit {
  readonly allowed: boolean;
  /** Why not; null when allowed. */
  readonly reason: string | null;
}

const permit = (reason: string | null): Permit => ({ allowed: reason === null, reason });

export function canProject(cluster: ClusterState, project: Project): Record<'rename' | 'delete', Permit> {
  return { rename: permit(null), delete: permit(whyProjectStays(cluster, project.id)) };
}

export function canServer(
  _cluster: ClusterState,
  server: Server,
): Record<'cordon' | 'uncordon' | 'drain' | 'remove' | 'forceRemove' | 'issueToken', Permit> {
  const ended = server.removed ? 'it was removed' : null;
  const removing = ended ?? (server.removing === null ? null : 'it is being removed');
  return {
    cordon: permit(removing ?? (server.cordoned ? 'it is cordoned already' : null)),
    uncordon: permit(removing ?? (server.cordoned ? null : 'it is not cordoned')),
    drain: permit(removing ?? (server.draining ? 'it is draining already' : null)),
    remove: permit(removing),
    forceRemove: permit(ended),
    issueToken: permit(removing),
  };
}

export function canService(
  _cluster: ClusterState,
  service: Service,
): Record<'change' | 'scale' | 'rollout' | 'delete', Permit> {
  const deleting = service.deleting ? 'it is being deleted' : null;
  return { change: permit(deleting), scale: permit(deleting), rollout: permit(deleting), delete: permit(deleting) };
}

export function canRollout(cluster: ClusterState, rollout: Rollout): Record<'cancel', Permit> {
  return { cancel: permit(whyNotCancelled(cluster, rollout)?.message ?? null) };
}
