import { formatEntityTag, type SectionName } from '@techulus/contract';
import { expectedStateOf, generationsOf } from '@techulus/expected-state';
import type { Hash } from '@techulus/ports';
import type { LiveCluster } from '../cluster/live-cluster.ts';

type Hashes = Readonly<Record<SectionName, string>>;

/** What the hash of each section must be at its present generation; rendered once a generation. */
export class SectionHashes {
  private readonly known = new Map<string, { tag: string; hashes: Hashes }>();

  constructor(
    private readonly live: LiveCluster,
    private readonly hash: Hash,
  ) {}

  of(serverId: string): Hashes {
    const { state, epoch } = this.live;
    const tag = formatEntityTag(generationsOf(state, serverId, epoch));
    const known = this.known.get(serverId);
    if (known?.tag === tag) return known.hashes;
    const { containers, dns, traefik, wireguard } = expectedStateOf(state, serverId, epoch, this.hash);
    const hashes = { containers: containers.hash, dns: dns.hash, traefik: traefik.hash, wireguard: wireguard.hash };
    this.known.set(serverId, { tag, hashes });
    return hashes;
  }
}
