/** The host of an image reference, when its first segment is one (distribution reference grammar); else null. */
export function registryHostOf(image: string): string | null {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost') ? first : null;
}

/** The reference by digest where it is known: what every server then runs. */
export function pinnedImage(image: string, digest: string | null): string {
  const bare = image.split('@')[0] ?? image;
  if (digest === null) return image;
  const name = bare.slice(bare.lastIndexOf('/') + 1);
  const tag = name.indexOf(':');
  return `${tag === -1 ? bare : bare.slice(0, bare.length - name.length + tag)}@${digest}`;
}
