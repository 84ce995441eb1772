/** Names, routes and the mesh in memory: what is applied is in effect. */
import type { ActualWireguard, AppliedSection } from '@techulus/reconcile';
import { allowedIps } from '@techulus/reconcile';
import type { AgentWorld } from '../agent.ts';

const NOTHING: AppliedSection = { generation: null, hash: null, addresses: [] };

export class MemorySections {
  dns: AppliedSection = NOTHING;
  traefik: AppliedSection = NOTHING;
  wireguard: ActualWireguard = { interfaceUp: false, peers: [], routes: [] };
  /** Sections that cannot be seen, and why. */
  readonly blind = new Map<string, string>();
  readonly applied: string[] = [];

  readonly observe: AgentWorld['observeSections'] = {
    dns: () => Promise.resolve(this.seen('dns', this.dns)),
    traefik: () => Promise.resolve(this.seen('traefik', this.traefik)),
    wireguard: () => Promise.resolve(this.seen('wireguard', this.wireguard)),
  };

  readonly apply: AgentWorld['applySections'] = {
    apply_dns: ({ generation, hash, records }) => {
      this.applied.push('dns');
      this.dns = { generation, hash, addresses: records.flatMap((record) => record.addresses) };
      return Promise.resolve({ outcome: 'done' });
    },
    apply_traefik: ({ generation, hash, routes }) => {
      this.applied.push('traefik');
      this.traefik = {
        generation,
        hash,
        addresses: routes.flatMap((route) => route.targets.map((target) => target.address)),
      };
      return Promise.resolve({ outcome: 'done' });
    },
    apply_wireguard: ({ peers }) => {
      this.applied.push('wireguard');
      this.wireguard = {
        interfaceUp: true,
        peers: peers.map(({ publicKey, subnetId, endpoints }) => ({
          publicKey,
          allowedIps: allowedIps(subnetId),
          endpoint: endpoints[0] ?? null,
          handshakeAgeSeconds: 1,
        })),
        routes: peers.flatMap((peer) => allowedIps(peer.subnetId)),
      };
      return Promise.resolve({ outcome: 'done' });
    },
  };

  private seen<T>(name: string, value: T) {
    const reason = this.blind.get(name);
    return reason === undefined ? ({ observed: true, value } as const) : ({ observed: false, reason } as const);
  }
}
