/** The few requests of the distribution specification that a push needs. What the registry has is not sent again. */
import { LabProblem } from '../problem.ts';
import { manifestType, type Blob, type Image } from './oci-image.ts';

async function call(url: string, init: RequestInit, wanted: readonly number[]): Promise<Response> {
  const answer = await fetch(url, init);
  if (wanted.includes(answer.status)) return answer;
  throw new LabProblem(
    'push_failed',
    `the registry answered ${answer.status} to ${init.method} ${url}: ${await answer.text()}`,
  );
}

async function pushBlob(base: string, { digest, bytes }: Blob): Promise<void> {
  const known = await call(`${base}/blobs/${digest}`, { method: 'HEAD' }, [200, 404]);
  if (known.status === 200) return;
  const begun = await call(`${base}/blobs/uploads/`, { method: 'POST' }, [202]);
  const target = new URL(begun.headers.get('location') ?? '', base);
  target.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await call(target.href, { method: 'PUT', headers, body: new Uint8Array(bytes) }, [201]);
}

/** Answers the image's digest. */
export async function pushImage(registry: string, image: Image): Promise<string> {
  const base = `http://${registry}/v2/${image.repository}`;
  for (const each of image.blobs) await pushBlob(base, each);
  const body = new Uint8Array(image.manifest.bytes);
  await call(
    `${base}/manifests/${image.tag}`,
    { method: 'PUT', headers: { 'content-type': manifestType }, body },
    [201],
  );
  return image.manifest.digest;
}
