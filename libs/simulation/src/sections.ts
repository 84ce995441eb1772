/** A machine's names, routes and mesh: what is applied is in effect, and stays so when the agent dies. */
import type { AgentWorld } from '@techulus/agent/agent.ts';
import type { Generation } from '@techulus/contract';
import { sleep } from '@techulus/ports';
import { type ActualWireguard, allowedIps, type AppliedSection } from '@techulus/reconcile';
import type { SimulatedProcess } from './process.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

const NOTHING: AppliedSection = { generation: null, hash: null, addresses: [] };
const NO_MESH: ActualWireguard = { interfaceUp: false, peers: [], routes: [] };

export class SimulatedSections {
  dns: AppliedSection = NOTHING;
  traefik: AppliedSection = NOTHING;
  wireguard: ActualWireguard = NO_MESH;
  /** What this machine's resolver answers. */
  names: ReadonlyMap<string, readonly string[]> = new Map();
  /** When an address was last named here, by the simulation's clock. */
  readonly lastNamed = new Map<string, number>();
  /** Each generation of names that came into effect. */
  readonly generations: Generation[] = [];
  rough = false;
  onChange: () => void = () => undefined;
  private readonly clock: VirtualClock;
  private readonly random: SeededRandom;

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.clock = clock;
    this.random = random;
  }

  /** Addresses that questions asked here are answered with, or were answered with less than `ms` ago. */
  namedWithin(address: string, ms: number): boolean {
    if (this.dns.addresses.includes(address)) return true;
    const last = this.lastNamed.get(address);
    return last !== undefined && this.clock.monotonic() - last < ms;
  }

  readonly observe: AgentWorld['observeSections'] = {
    dns: () => Promise.resolve({ observed: true, value: this.dns }),
    traefik: () => Promise.resolve({ observed: true, value: this.traefik }),
    wireguard: () => Promise.resolve({ observed: true, value: this.wireguard }),
  };

  /** The effectors of one agent process. */
  effectors(process: SimulatedProcess): AgentWorld['applySections'] {
    return {
      apply_dns: ({ generation, hash, records }) =>
        this.apply(process, () => {
          for (const address of this.dns.addresses) this.lastNamed.set(address, this.clock.monotonic());
          this.dns = { generation, hash, addresses: records.flatMap((record) => record.addresses) };
          this.names = new Map(records.map((record) => [record.key, record.addresses]));
          this.generations.push(generation);
        }),
      apply_traefik: ({ generation, hash }) =>
        this.apply(process, () => void (this.traefik = { generation, hash, addresses: [] })),
      apply_wireguard: ({ peers }) =>
        this.apply(process, () => {
          const actual = peers.map(({ publicKey, subnetId, endpoints }) => ({
            publicKey,
            allowedIps: allowedIps(subnetId),
            endpoint: endpoints[0] ?? null,
            handshakeAgeSeconds: 1,
          }));
          const routes = peers.flatMap((peer) => allowedIps(peer.subnetId));
          this.wireguard = { interfaceUp: true, peers: actual, routes };
        }),
    };
  }

  private async apply(process: SimulatedProcess, change: () => void): Promise<{ outcome: 'done' }> {
    if (!process.alive) return new Promise(() => undefined);
    await process.guard(sleep(this.clock, this.random.between(0, this.rough ? 900 : 30)));
    if (this.rough && this.random.chance(0.3)) throw new Error('the resolver did not take it');
    change();
    this.onChange();
    return { outcome: 'done' };
  }

  /** After a reboot the resolver reads its file again; the mesh is gone. */
  powerCut(): void {
    this.wireguard = NO_MESH;
  }
}
