import { Injectable } from '@nestjs/common';
import type { RegistryAccess } from '@techulus/contract';
import type { Pinned, RevisionSpec } from '@techulus/domain';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { Ciphertexts, registryReference } from '../keys/ciphertexts.ts';
import { formatImage, type ImageReference, parseImage } from './image-reference.ts';
import { RegistryClient, type Resolution } from './registry-client.ts';

export type PinnedImage = Pick<RevisionSpec, 'image' | 'digest' | 'digestError'>;

/** Which digest an image has now, asked with the registry's credentials where there are any. */
@Injectable()
export class Images {
  constructor(
    private readonly live: LiveCluster,
    private readonly ciphertexts: Ciphertexts,
    private readonly registries: RegistryClient,
  ) {}

  /** For a new revision: what cannot be resolved is saved all the same, with the reason. */
  async resolve(text: string): Promise<PinnedImage> {
    const reference = parseImage(text);
    const found = await this.ask(reference);
    const image = formatImage(reference);
    return 'digest' in found
      ? { image, digest: found.digest, digestError: null }
      : { image, digest: null, digestError: found.error.code };
  }

  /** For a rollout to a revision that was saved without a digest. Null: there is nothing to ask. */
  async pin(spec: RevisionSpec | undefined): Promise<Pinned> {
    return spec === undefined || spec.digest !== null ? null : this.ask(parseImage(spec.image));
  }

  private async ask(reference: ImageReference): Promise<Resolution> {
    return this.registries.resolve(reference, await this.accessTo(reference.host));
  }

  private async accessTo(host: string): Promise<RegistryAccess | null> {
    const known = this.live.state.registries.get(host);
    if (known === undefined) return null;
    const text = await this.ciphertexts.read(registryReference(host, known.currentVersion));
    return text === undefined ? null : (JSON.parse(text) as RegistryAccess);
  }
}
