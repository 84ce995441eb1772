/**
 * Asks a registry which digest a tag has now (distribution specification, "Pulling manifests"). Never throws: what went
 * wrong is part of the answer, because saving a service must not fail on a registry.
 */
import { type Timers, withDeadline } from '@techulus/ports';
import type { RegistryAccess } from '@techulus/contract';
import { sha256Hex } from '@techulus/keys';
import type { HttpAnswer, HttpExchange } from './http-port.ts';
import type { ImageReference } from './image-reference.ts';
import { authorizationFor } from './registry-authorization.ts';

export type ResolutionCode = 'image_not_found' | 'registry_unauthorized' | 'registry_unreachable';

export type Resolution =
  | { readonly digest: string }
  | { readonly error: { readonly code: ResolutionCode; readonly message: string } };

const DEADLINE_MS = 5000;
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const DIGEST = /^sha256:[0-9a-f]{64}$/;

function failed(code: ResolutionCode, message: string): Resolution {
  return { error: { code, message } };
}

/** The name under which Docker's registry is known is not the one it answers at. */
function baseOf(image: ImageReference, access: RegistryAccess | null): string {
  const host = image.host === 'docker.io' ? 'registry-1.docker.io' : image.host;
  return `${access?.plainHttp === true ? 'http' : 'https'}://${host}`;
}

export class RegistryClient {
  constructor(
    private readonly exchange: HttpExchange,
    private readonly timers: Timers,
  ) {}

  async resolve(image: ImageReference, access: RegistryAccess | null): Promise<Resolution> {
    if (image.digest !== null) return { digest: image.digest };
    try {
      const ask = (signal: AbortSignal): Promise<Resolution> => this.ask(image, access, signal);
      return await withDeadline(this.timers, DEADLINE_MS, `asking ${image.host}`, ask);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed('registry_unreachable', `registry ${image.host} could not be asked: ${why}`);
    }
  }

  private async ask(image: ImageReference, access: RegistryAccess | null, signal: AbortSignal): Promise<Resolution> {
    const url = `${baseOf(image, access)}/v2/${image.path}/manifests/${image.tag}`;
    const send = (method: 'HEAD' | 'GET', authorization: string | null): Promise<HttpAnswer> =>
      this.exchange({
        method,
        url,
        headers: { accept: ACCEPT, ...(authorization === null ? {} : { authorization }) },
        caPem: access?.caPem ?? null,
        signal,
      });
    const first = await send('HEAD', null);
    if (first.status !== 401) return this.judge(image, first, () => send('GET', null));
    const challenge = first.headers['www-authenticate'] ?? '';
    const authorization = await authorizationFor({ challenge, path: image.path, access, signal }, this.exchange);
    if (authorization === null) return this.unauthorized(image);
    return this.judge(image, await send('HEAD', authorization), () => send('GET', authorization));
  }

  private async judge(image: ImageReference, head: HttpAnswer, get: () => Promise<HttpAnswer>): Promise<Resolution> {
    const { status } = head;
    if (status === 404) return failed('image_not_found', `registry ${image.host} has no ${image.path}:${image.tag}`);
    if (status === 401 || status === 403) return this.unauthorized(image);
    if (status !== 200) return failed('registry_unreachable', `registry ${image.host} answered ${status}`);
    const digest = head.headers['docker-content-digest'];
    if (digest !== undefined && DIGEST.test(digest)) return { digest };
    const whole = await get(); // some registries name the digest on neither; then the bytes themselves say it
    if (whole.status !== 200) return failed('registry_unreachable', `registry ${image.host} answered ${whole.status}`);
    return { digest: `sha256:${sha256Hex(whole.body)}` };
  }

  private unauthorized(image: ImageReference): Resolution {
    const credentials = `PUT /registry-credentials/${image.host}`;
    return failed(
      'registry_unauthorized',
      `registry ${image.host} refuses to show ${image.path}: set credentials with ${credentials}`,
    );
  }
}
