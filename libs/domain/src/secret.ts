/**
 * Secrets and registry credentials: the log holds names and versions; the values lie encrypted beside it.
 *
 *   (none) ── created, version_written ──> version 1 ── version_written ──> version n ── deleted ──> (none)
 */
import type { Recorded, RegistryEvent, SecretEvent } from './events.ts';
import { idOf } from './ids.ts';
import type { Registry, Secret } from './state.ts';

export function evolveSecret(state: Secret | undefined, event: Recorded<SecretEvent>): Secret | null {
  switch (event.type) {
    case 'secret.created':
      return {
        id: idOf(event.stream),
        name: event.data.name,
        currentVersion: 0,
        updatedAt: event.at,
        version: event.version,
      };
    case 'secret.version_written':
      return state === undefined
        ? null
        : { ...state, currentVersion: event.data.version, updatedAt: event.at, version: event.version };
    case 'secret.deleted':
      return null;
  }
}

export function evolveRegistry(_state: Registry | undefined, event: Recorded<RegistryEvent>): Registry | null {
  switch (event.type) {
    case 'registry.credentials_written': {
      const { version, plainHttp, username } = event.data;
      return {
        host: idOf(event.stream),
        currentVersion: version,
        plainHttp,
        username,
        updatedAt: event.at,
        version: event.version,
      };
    }
    case 'registry.credentials_deleted':
      return null;
  }
}
