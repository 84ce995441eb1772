/**
 * A project groups services.
 *
 *   (none) ── created ──> there ── renamed* ──> there ── deleted ──> (none)
 */
import type { ProjectEvent, Recorded } from './events.ts';
import { idOf } from './ids.ts';
import type { Project } from './state.ts';

export function evolveProject(state: Project | undefined, event: Recorded<ProjectEvent>): Project | null {
  switch (event.type) {
    case 'project.created':
      return { id: idOf(event.stream), name: event.data.name, createdAt: event.at, version: event.version };
    case 'project.renamed':
      return state === undefined ? null : { ...state, name: event.data.name, version: event.version };
    case 'project.deleted':
      return null;
  }
}
