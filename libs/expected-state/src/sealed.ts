import type { SectionDeltas } from '@techulus/contract';

/** The names of the sealed values that must travel with these parts: `secret/<id>@<version>`, `registry/<host>@<version>`. */
export function sealedReferences(deltas: SectionDeltas): string[] {
  const names = (deltas.containers?.parts ?? []).flatMap((part) => [
    ...part.secrets.map((secret) => `secret/${secret.id}@${secret.version}`),
    ...(part.registry === null ? [] : [`registry/${part.registry.host}@${part.registry.version}`]),
  ]);
  return [...new Set(names)].toSorted();
}
