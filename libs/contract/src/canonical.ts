/** JSON with sorted keys and no spaces: equal values give equal text, whatever order their keys were made in. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** The line of one part in its section's hash. */
export function partLine(part: { key: string }): string {
  return `${canonicalJson(part)}\n`;
}

/** The hash of a section: over its parts in the order of their keys, one canonical line each. */
export function sectionHash(
  parts: readonly { key: string }[],
  sha256: (text: string) => string,
  lineOf: (part: { key: string }) => string = partLine,
): string {
  const lines = parts.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(lineOf);
  return sha256(lines.join(''));
}
