/** An OCI image from layers of files, without a daemon: same input, same digest. Pure. */
import { createHash } from 'node:crypto';
import { renderTar, type TarEntry } from './tar.ts';

export interface ImageRecipe {
  /** `repository:tag`, without the registry. */
  readonly name: string;
  readonly layers: readonly (readonly TarEntry[])[];
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly blobs: readonly Blob[];
  readonly manifest: Blob;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

function blob(bytes: Buffer): Blob {
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

const json = (value: unknown): Blob => blob(Buffer.from(JSON.stringify(value)));
const descriptor = (mediaType: string, { bytes, digest }: Blob): object => ({ mediaType, digest, size: bytes.length });

export function splitName(name: string): { repository: string; tag: string } {
  const [repository = '', tag = 'latest'] = name.split(':');
  return { repository, tag };
}

export function buildImage(recipe: ImageRecipe): Image {
  const layers = recipe.layers.map((entries) => blob(renderTar(entries)));
  const config = json({
    created: '1970-01-01T00:00:00Z',
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Env: ['PATH=/bin', ...Object.entries(recipe.env ?? {}).map(([key, value]) => `${key}=${value}`)],
      Cmd: recipe.command,
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  });
  return { ...splitName(recipe.name), blobs: [...layers, config], manifest };
}
