import { versionOf } from './cluster.ts';
import { type Draft, emit } from './draft.ts';
import { type SecretId, streamOf } from './ids.ts';
import { notFound, Refused } from './refused.ts';
import { deploymentsOf } from './records.ts';
import { isEnded } from './rollout.ts';
import type { ClusterState, Secret, Service } from './state.ts';

export function secretNamed(cluster: ClusterState, name: string): Secret | undefined {
  for (const secret of cluster.secrets.values()) if (secret.name === name) return secret;
  return undefined;
}

/** Notes a new version; the caller stores its ciphertext under the answered id and version in the same transaction. */
export function writeSecret(draft: Draft, command: { name: string }): { id: SecretId; version: number } {
  const known = secretNamed(draft.cluster, command.name);
  const id = known?.id ?? draft.newId();
  if (known === undefined) {
    emit(draft, 'secret', id, { type: 'secret.created', data: { name: command.name } });
    draft.claims.push({ kind: 'secret_name', key: command.name, stream: `secret/${id}` });
  }
  const version = (known?.currentVersion ?? 0) + 1;
  emit(draft, 'secret', id, { type: 'secret.version_written', data: { version } });
  return { id, version };
}

/** Revisions that run, or may be asked to without a person's doing. */
function revisionsInUse(cluster: ClusterState, service: Service): Set<number | null> {
  const moving = [...cluster.rollouts.values()].filter((r) => r.serviceId === service.id && !isEnded(r));
  const standing = deploymentsOf(cluster, service.id).filter((d) => d.expected);
  const either = [...moving, ...standing].map((holder) => holder.revision);
  return new Set([service.latestRevision, service.runningRevision, ...either]);
}

/** The services that use a secret in a revision that runs or may come to run. */
export function secretUsers(cluster: ClusterState, id: SecretId): string[] {
  const uses = (service: Service, revision: number | null): boolean =>
    service.revisions.get(revision ?? 0)?.secrets.some((use) => use.id === id) === true;
  const users = [...cluster.services.values()].filter((service) =>
    [...revisionsInUse(cluster, service)].some((revision) => uses(service, revision)),
  );
  return users.map((service) => service.name).toSorted();
}

export function deleteSecret(draft: Draft, command: { name: string }): SecretId {
  const secret = secretNamed(draft.cluster, command.name);
  if (secret === undefined) throw notFound('secret', command.name);
  const users = secretUsers(draft.cluster, secret.id);
  if (users.length > 0) {
    throw new Refused(
      'conflict',
      'secret_in_use',
      `secret ${secret.name} is used by ${users.join(', ')}; take it out of those services first`,
    );
  }
  emit(draft, 'secret', secret.id, { type: 'secret.deleted', data: {} });
  draft.releases.push({ kind: 'secret_name', key: secret.name });
  return secret.id;
}

export function writeRegistryCredentials(
  draft: Draft,
  command: { host: string; plainHttp: boolean; username: string | null },
): { version: number } {
  // Not from 1 again after a deletion: values are sealed and kept by version.
  const version = versionOf(draft.cluster, streamOf('registry', command.host)) + 1;
  const data = { version, plainHttp: command.plainHttp, username: command.username };
  emit(draft, 'registry', command.host, { type: 'registry.credentials_written', data });
  return { version };
}

export function deleteRegistryCredentials(draft: Draft, command: { host: string }): void {
  if (!draft.cluster.registries.has(command.host)) throw notFound('registry', command.host);
  emit(draft, 'registry', command.host, { type: 'registry.credentials_deleted', data: {} });
}
