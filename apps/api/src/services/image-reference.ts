/**
 * Image references as the distribution specification's grammar has them: [host[:port]/]path[:tag][@digest]. What the
 * operator wrote is kept in its full form (host, path, and tag or digest), so that no node has to guess where a short
 * name leads.
 */
import { Refused } from '@techulus/domain';

export interface ImageReference {
  /** As it stands in the reference and in registry credentials: host or host:port. */
  readonly host: string;
  readonly path: string;
  /** Null where a digest pins it. */
  readonly tag: string | null;
  readonly digest: string | null;
}

const DEFAULT_HOST = 'docker.io';
const MAX_NAME = 255;
const HOST_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = new RegExp(`^(?:${HOST_COMPONENT}(?:\\.${HOST_COMPONENT})*|\\[[0-9a-fA-F:]{2,45}\\])(?::([0-9]{1,5}))?$`);
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

function refuse(why: string): Refused {
  return new Refused('invalid', 'image_invalid', `image ${why}`, 'image');
}

export function isRegistryHost(text: string): boolean {
  const match = HOST.exec(text);
  return match !== null && text.length <= MAX_NAME && Number(match[1] ?? 1) >= 1 && Number(match[1] ?? 1) <= 65_535;
}

/** The first component is a host if it cannot be part of a path: it has a dot, a port or a capital, or it is localhost. */
function looksLikeHost(component: string): boolean {
  return /[.:A-Z[]/.test(component) || component === 'localhost';
}

function splitHost(name: string): { host: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const named = slash > 0 && looksLikeHost(first);
  const host = named && first !== 'index.docker.io' ? first : DEFAULT_HOST;
  const path = named ? name.slice(slash + 1) : name;
  return { host, path: host === DEFAULT_HOST && !path.includes('/') ? `library/${path}` : path };
}

/** What stands before the digest, and the digest. */
function splitDigest(text: string): [rest: string, digest: string | null] {
  const [rest = '', digest = null, ...more] = text.split('@');
  if (more.length > 0) throw refuse('has more than one @');
  if (digest !== null && !DIGEST.test(digest)) {
    throw refuse('has a digest that is not sha256: and 64 hexadecimal digits');
  }
  return [rest, digest];
}

/** A colon before the last slash belongs to the host's port. */
function splitTag(rest: string): [name: string, tag: string] {
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const tag = tagged ? rest.slice(colon + 1) : 'latest';
  if (!TAG.test(tag)) throw refuse('has a tag that is not valid: at most 128 letters, digits, _ . and -');
  return [tagged ? rest.slice(0, colon) : rest, tag];
}

function refuseName(host: string, path: string): void {
  if (!isRegistryHost(host)) throw refuse('names a registry host that is not valid');
  if (!path.split('/').every((component) => PATH_COMPONENT.test(component))) {
    throw refuse('has a path that is not valid: lower-case letters and digits, with single . _ or - between them');
  }
  if (host.length + path.length + 1 > MAX_NAME) throw refuse(`has a name longer than ${MAX_NAME} characters`);
}

/** The reference, or Refused saying which part of it is wrong. */
export function parseImage(text: string): ImageReference {
  if (text === '' || text.length > 512) throw refuse('must be a reference of 1 to 512 characters');
  const [rest, digest] = splitDigest(text);
  const [name, tag] = splitTag(rest);
  const { host, path } = splitHost(name);
  refuseName(host, path);
  return { host, path, tag: digest === null ? tag : null, digest };
}

/** The full form. A digest makes the tag meaningless, so it is left out. */
export function formatImage(image: ImageReference): string {
  return image.digest === null
    ? `${image.host}/${image.path}:${image.tag}`
    : `${image.host}/${image.path}@${image.digest}`;
}
