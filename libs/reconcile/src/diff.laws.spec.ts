import type { DeploymentPart, PeerPart, RecordPart } from '@techulus/contract';
import fc from 'fast-check';
import { diff } from './diff.ts';
import type { ExpectedState } from './expected.ts';
import type { ActualContainer, ActualState } from './actual-state.ts';
import { applied, emptyWorld, observed, sha256, type World } from './testing/model.ts';

const IMAGES = ['registry.test/web:1', 'registry.test/web:2', 'registry.test/data:1'];
const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');

/** Each deployment has its own address, as the control plane's claims see to. */
function addressOf(key: string): string {
  return `10.200.7.${key.charCodeAt(0)}`;
}

function deployment(key: string, image: string, want: 'run' | 'drain', env: Record<string, string>): DeploymentPart {
  return {
    key,
    serviceId: 's',
    serviceName: 'web',
    revision: 1,
    want,
    image,
    digest: null,
    address: addressOf(key),
    mac: '02:00:00:00:00:01',
    command: null,
    env,
    secrets: [],
    ports: [],
    resources: { memoryMb: null, cpus: null },
    healthCheck: null,
    stopTimeoutSeconds: 3,
    registry: null,
  };
}

const deployments = fc
  .uniqueArray(fc.record({ key: ids, image: fc.constantFrom(...IMAGES), value: fc.constantFrom('1', '2') }), {
    selector: (one) => one.key,
  })
  .map((list) => list.map(({ key, image, value }) => deployment(key, image, 'run', { A: value })));

const records: fc.Arbitrary<RecordPart[]> = fc
  .subarray(['a', 'b', 'c'])
  .map((keys) => [{ key: 'web', addresses: keys.map(addressOf) }]);

const peers: fc.Arbitrary<PeerPart[]> = fc.subarray([1, 2, 3]).map((subnets) =>
  subnets.map((subnetId) => ({
    key: `p${subnetId}`,
    subnetId,
    publicKey: `key${subnetId}`,
    endpoints: ['192.0.2.1:51820'],
  })),
);

const generation = { epoch: 1, position: 5, renderer: 1 };

function section<P>(parts: P[]) {
  return { generation, hash: sha256(JSON.stringify(parts)), parts };
}

const expectedStates: fc.Arbitrary<ExpectedState> = fc
  .record({ containers: deployments, dns: records, wireguard: peers })
  .map(({ containers, dns, wireguard }) => {
    // Names lead only to what is expected to run: as the control plane orders its changes.
    const present = new Set(containers.map((part) => part.address));
    const named = dns.map((record) => ({
      ...record,
      addresses: record.addresses.filter((address) => present.has(address)),
    }));
    return {
      serverId: 'server-7',
      subnetId: 7,
      containers: section(containers),
      dns: section(named),
      traefik: section([]),
      wireguard: section(wireguard),
    };
  });

/** Whatever may stand on a server: orphans, other specifications, every state. */
const containers: fc.Arbitrary<ActualContainer[]> = fc.uniqueArray(
  fc.record({
    containerId: fc.uuid(),
    deploymentId: fc.constantFrom('a', 'b', 'c', 'x', 'y'),
    serviceId: fc.constant('s'),
    state: fc.constantFrom('created', 'running', 'stopping', 'exited', 'other'),
    image: fc.constantFrom(...IMAGES),
    address: fc.constant(null),
    specHash: fc.constant('another'),
    stopTimeoutSeconds: fc.integer({ min: 0, max: 5 }),
    termSentAt: fc.constantFrom(null, 999_000),
    exitCode: fc.constantFrom(null, 0, 1),
    notBefore: fc.constantFrom(0, 1_004_000),
    restartBecause: fc.constantFrom(null, 'it stays unhealthy'),
  }),
  { selector: (one) => one.containerId, maxLength: 6 },
);

const MOST_STEPS = 200;

function look(expected: ExpectedState, world: World): ActualState {
  return observed(
    world,
    (expected.containers?.parts ?? []).map((part) => part.image),
  );
}

/** The world once no action is due any more, as the loop goes: the first action, then look again. */
function converged(expected: ExpectedState, start: World): World {
  let world = start;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const [action] = diff(expected, look(expected, world), { now: world.now, sha256 });
    if (action !== undefined) {
      world = applied(world, action);
      continue;
    }
    const later = { ...world, now: world.now + 600_000 };
    if (diff(expected, look(expected, later), { now: later.now, sha256 }).length === 0) return world;
    world = later;
  }
  throw new Error(`not converged in ${MOST_STEPS} steps`);
}

describe('the laws of diff', () => {
  it('leads from any state to the expected one, and then wants nothing', () => {
    fc.assert(
      fc.property(expectedStates, containers, fc.boolean(), (expected, standing, deaf) => {
        const world = converged(expected, emptyWorld(standing, deaf));
        expect(world.containers.map((one) => one.deploymentId).toSorted()).toEqual(
          (expected.containers?.parts ?? []).map((part) => part.key).toSorted(),
        );
        expect(world.containers.every((one) => one.state === 'running')).toBe(true);
        expect(diff(expected, look(expected, world), { now: world.now, sha256 })).toEqual([]);
      }),
    );
  });

  it('does not depend on the order in which parts and containers come', () => {
    fc.assert(
      fc.property(expectedStates, containers, (expected, standing) => {
        const flipped = Object.fromEntries(
          Object.entries(expected).map(([name, value]) => [
            name,
            typeof value === 'object' ? { ...value, parts: value.parts.toReversed() } : value,
          ]),
        ) as unknown as ExpectedState;
        const now = 1_000_000;
        const kinds = (state: ExpectedState, list: typeof standing) =>
          diff(state, look(state, emptyWorld(list)), { now, sha256 }).map(({ kind, key }) => `${kind} ${key}`);
        expect(kinds(flipped, standing.toReversed())).toEqual(kinds(expected, standing));
      }),
    );
  });

  it('touches no container that was not observed as ours', () => {
    fc.assert(
      fc.property(expectedStates, containers, (expected, standing) => {
        const known = new Set(standing.map((one) => one.containerId));
        const actions = diff(expected, look(expected, emptyWorld(standing)), { now: 1_000_000, sha256 });
        for (const action of actions) if ('containerId' in action) expect(known.has(action.containerId)).toBe(true);
      }),
    );
  });

  it('wants nothing of a section that was not observed or not yet sent', () => {
    fc.assert(
      fc.property(expectedStates, containers, (expected, standing) => {
        const blind = { observed: false, reason: 'it hangs' } as const;
        const actual = look(expected, emptyWorld(standing));
        const now = 1_000_000;
        const kinds = diff(expected, { ...actual, containers: blind }, { now, sha256 }).map((action) => action.kind);
        expect(kinds.filter((kind) => kind.endsWith('container') || kind.endsWith('image'))).toEqual([]);
        const { serverId, subnetId } = expected;
        expect(diff({ serverId, subnetId }, actual, { now, sha256 })).toEqual([]);
      }),
    );
  });
});
