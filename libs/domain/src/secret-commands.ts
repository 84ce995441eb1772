import { type Draft, emit } from './draft.ts';
import type { SecretId } from './ids.ts';
import { notFound, Refused } from './refused.ts';
import type { ClusterState, Secret } from './state.ts';

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

/** The services whose latest or running revision uses a secret. */
export function secretUsers(cluster: ClusterState, id: SecretId): string[] {
  const users = [...cluster.services.values()].filter((service) =>
    [service.latestRevision, service.runningRevision].some((revision) =>
      service.revisions.get(revision ?? 0)?.secrets.some((use) => use.id === id),
    ),
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
  const known = draft.cluster.registries.get(command.host);
  const version = (known?.currentVersion ?? 0) + 1;
  const data = { version, plainHttp: command.plainHttp, username: command.username };
  emit(draft, 'registry', command.host, { type: 'registry.credentials_written', data });
  return { version };
}

export function deleteRegistryCredentials(draft: Draft, command: { host: string }): void {
  if (!draft.cluster.registries.has(command.host)) throw notFound('registry', command.host);
  emit(draft, 'registry', command.host, { type: 'registry.credentials_deleted', data: {} });
}
