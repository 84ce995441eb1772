import { UnstorableData } from './errors.ts';

/** What remains of a value after a trip through JSON, so that both stores keep and return the same thing. */
export function plainJson(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new UnstorableData(typeof value);
  return JSON.parse(text);
}

/**
 * One text for one value: keys sorted by UTF-16 code unit, no white space. PostgreSQL's jsonb orders keys its own way,
 * so a hash over what it returns is only stable when taken over this.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value as Record<string, unknown>);
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new UnstorableData(typeof value);
  return text;
}

/** The text that a row or a job is kept as; refuses what PostgreSQL would refuse. */
export function rowText(value: unknown): string {
  return canonicalJson(plainJson(value));
}

function canonicalObject(value: Record<string, unknown>): string {
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${storableText(key)}:${canonicalJson(value[key])}`);
  return `{${entries.join(',')}}`;
}

function storableText(text: string): string {
  if (text.includes('\0')) throw new UnstorableData('text with a NUL character');
  if (!text.isWellFormed()) throw new UnstorableData('text that is not well-formed Unicode');
  return JSON.stringify(text);
}
