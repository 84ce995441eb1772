const refs = /"\$ref":\s*"#\/components\/schemas\/([^"]*)"/g;

/** Schemas that are spoken of and nowhere defined; a generator only warns of them. */
export function danglingRefs(document: { components?: { schemas?: object } }): string[] {
  const defined = new Set(Object.keys(document.components?.schemas ?? {}));
  const named = new Set([...JSON.stringify(document).matchAll(refs)].map(([, name]) => name ?? ''));
  return [...named].filter((name) => !defined.has(name)).toSorted();
}
