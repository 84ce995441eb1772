import { execFileSync } from 'node:child_process';
import { demoImagesFrom } from './catalog.ts';
import { buildImage } from './oci-image.ts';
import { renderTar } from './tar.ts';

const files = [
  { path: 'bin/', mode: 0o755 },
  { path: 'bin/start', mode: 0o755, content: 'echo hello\n' },
  { path: 'bin/sh', mode: 0o777, linkTo: 'start' },
];
const recipe = { name: 'demo/x:1', layers: [files], command: ['/bin/start'], env: { A: '1' } };

describe('tar', () => {
  it('is read by tar', () => {
    const listing = execFileSync('tar', ['-tvf', '-'], { input: renderTar(files), env: { TZ: 'UTC' } }).toString();
    expect(
      listing
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/\s+/g, ' ')),
    ).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/sh -> start',
      '-rwxr-xr-x 0/0 11 1970-01-01 00:00 bin/start',
    ]);
  });

  it('does not depend on the order of its entries', () => {
    expect(renderTar(files.toReversed()).equals(renderTar(files))).toBe(true);
  });

  it('refuses a path that ustar would cut', () => {
    expect(() => renderTar([{ path: 'x'.repeat(101), mode: 0o644 }])).toThrow('path too long');
  });
});

describe('image', () => {
  it('has the same digest for the same input, and another for another', () => {
    const digest = buildImage(recipe).manifest.digest;
    expect(buildImage(recipe).manifest.digest).toBe(digest);
    expect(buildImage({ ...recipe, env: { A: '2' } }).manifest.digest).not.toBe(digest);
  });

  it('names every blob by what is in it', () => {
    const image = buildImage(recipe);
    const manifest = JSON.parse(image.manifest.bytes.toString()) as { layers: object[]; config: { digest: string } };
    expect(manifest.layers).toEqual([
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: image.blobs[0]?.digest,
        size: image.blobs[0]?.bytes.length,
      },
    ]);
    expect(manifest.config.digest).toBe(image.blobs[1]?.digest);
    expect([image.repository, image.tag]).toEqual(['demo/x', '1']);
  });

  it('gives all demo and test images one shared layer and each its own name', () => {
    const images = demoImagesFrom(Buffer.from('busybox'));
    expect(images.map((image) => `${image.repository}:${image.tag}`)).toEqual([
      ...['demo/web:1', 'demo/web:2', 'demo/data:1', 'test/exits:1', 'test/unhealthy:1', 'test/slow-stop:1'],
    ]);
    expect(new Set(images.map((image) => image.blobs[0]?.digest)).size).toBe(1);
    expect(new Set(images.map((image) => image.manifest.digest)).size).toBe(images.length);
  });
});
