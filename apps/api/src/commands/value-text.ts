/**
 * Values of the domain as text and back: JSON, with maps and sets. Neither name occurs with a list in JSON of our own. Walked
 * by hand, because a reviver would take most of the time of a start.
 */
const MAP = '$map';
const SET = '$set';

export function valueText(value: unknown): string {
  return JSON.stringify(plain(value) ?? null); // a command without a result has none
}

export function valueOf(text: string): unknown {
  return revived(JSON.parse(text));
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return { [MAP]: [...(value as Map<unknown, unknown>)].map(([key, inner]) => [key, plain(inner)]) };
  if (value instanceof Set) return { [SET]: [...(value as Set<unknown>)] };
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) copy[name] = plain(inner);
  return copy;
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(revived);
  const fields = value as Record<string, unknown>;
  const { [MAP]: map, [SET]: set } = fields;
  if (Array.isArray(map)) return new Map((map as [unknown, unknown][]).map(([key, inner]) => [key, revived(inner)]));
  if (Array.isArray(set)) return new Set(set as unknown[]);
  for (const [name, inner] of Object.entries(fields)) fields[name] = revived(inner);
  return fields;
}
