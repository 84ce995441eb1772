/** Values of the domain as text and back: JSON, with maps and sets. Neither occurs in JSON by itself under these names. */
const MAP = '$map';
const SET = '$set';

export function valueText(value: unknown): string {
  // A command without a result has none.
  return JSON.stringify(value ?? null, (_, inner: unknown) => {
    if (inner instanceof Map) return { [MAP]: [...(inner as Map<unknown, unknown>)] };
    return inner instanceof Set ? { [SET]: [...(inner as Set<unknown>)] } : inner;
  });
}

export function valueOf(text: string): unknown {
  return JSON.parse(text, (_, inner: unknown) => revived(inner));
}

function revived(inner: unknown): unknown {
  if (typeof inner !== 'object' || inner === null) return inner;
  if (MAP in inner && Array.isArray(inner[MAP])) return new Map(inner[MAP] as [unknown, unknown][]);
  return SET in inner && Array.isArray(inner[SET]) ? new Set(inner[SET] as unknown[]) : inner;
}
