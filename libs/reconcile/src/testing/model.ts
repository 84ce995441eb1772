/** A small world in which actions have the effect that they are named after, to try the laws of diff on. */
import type { ActualContainer, ActualState, ActualWireguard, AppliedSection } from '../actual-state.ts';
import type { Action } from '../action.ts';
import { containerSpecHash } from '../container-spec.ts';
import { allowedIps } from '../sections.ts';

export interface World {
  readonly now: number;
  readonly containers: readonly ActualContainer[];
  readonly images: ReadonlySet<string>;
  readonly dns: AppliedSection;
  readonly traefik: AppliedSection;
  readonly wireguard: ActualWireguard;
  /** Containers that do not hear SIGTERM. */
  readonly deaf: boolean;
}

export const sha256 = (text: string): string => {
  let hash = 0;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 0xffffffff;
  return hash.toString(16).padStart(64, '0');
};

const NEVER: AppliedSection = { generation: null, hash: null, addresses: [] };

export function emptyWorld(containers: readonly ActualContainer[] = [], deaf = false): World {
  const wireguard = { interfaceUp: false, peers: [], routes: [] };
  return { now: 1_000_000, containers, images: new Set(), dns: NEVER, traefik: NEVER, wireguard, deaf };
}

export function observed(world: World, wanted: Iterable<string>): ActualState {
  const states = [...wanted].map(
    (image) => [image, { state: world.images.has(image) ? 'present' : 'absent' }] as const,
  );
  const { containers, dns, traefik, wireguard } = world;
  return {
    containers: { observed: true, value: { containers, images: new Map(states) } },
    dns: { observed: true, value: dns },
    traefik: { observed: true, value: traefik },
    wireguard: { observed: true, value: wireguard },
  };
}

function change(world: World, id: string, to: (container: ActualContainer) => ActualContainer): World {
  return { ...world, containers: world.containers.map((one) => (one.containerId === id ? to(one) : one)) };
}

/** The world after an action; time passes by a second. */
export function applied(before: World, action: Action): World {
  const world = { ...before, now: before.now + 1_000 };
  switch (action.kind) {
    case 'terminate_container': {
      const ends = action.signal === 'SIGKILL' || !world.deaf;
      const termSentAt = world.now;
      return change(world, action.containerId, (one) => ({ ...one, termSentAt, state: ends ? 'exited' : 'stopping' }));
    }
    case 'remove_container':
      return { ...world, containers: world.containers.filter((one) => one.containerId !== action.containerId) };
    case 'start_container':
      return change(world, action.containerId, (one) => ({
        ...one,
        state: 'running',
        termSentAt: null,
        restartBecause: null,
      }));
    case 'pull_image':
      return { ...world, images: new Set([...world.images, action.part.image]) };
    case 'create_container': {
      const { key, serviceId, image, address, stopTimeoutSeconds } = action.part;
      const made: ActualContainer = {
        containerId: `new-${key}-${world.now}`,
        deploymentId: key,
        serviceId,
        state: 'created',
        image,
        address,
        specHash: containerSpecHash(action.part, sha256),
        stopTimeoutSeconds,
        termSentAt: null,
        exitCode: null,
        notBefore: 0,
        restartBecause: null,
      };
      return { ...world, containers: [...world.containers, made] };
    }
    case 'apply_dns':
      return { ...world, dns: { ...action, addresses: action.records.flatMap((record) => record.addresses) } };
    case 'apply_traefik':
      return {
        ...world,
        traefik: { ...action, addresses: action.routes.flatMap((r) => r.targets.map((t) => t.address)) },
      };
    case 'apply_wireguard': {
      const peers = action.peers.map(({ publicKey, subnetId }) => ({
        publicKey,
        allowedIps: allowedIps(subnetId),
        endpoint: 'learned:1',
        handshakeAgeSeconds: null,
      }));
      return {
        ...world,
        wireguard: { interfaceUp: true, peers, routes: action.peers.flatMap((p) => allowedIps(p.subnetId)) },
      };
    }
  }
}
