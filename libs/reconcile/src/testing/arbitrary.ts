import type { DeploymentPart, PeerPart, RecordPart } from '@techulus/contract';
import fc from 'fast-check';
import type { ActualContainer } from '../actual-state.ts';
import type { ExpectedState } from '../expected.ts';
import { sha256 } from './model.ts';

const IMAGES = ['registry.test/web:1', 'registry.test/web:2', 'registry.test/data:1'];
const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');

/** Each deployment has its own address, as the control plane's claims see to. */
function addressOf(key: string): string {
  return `10.200.7.${key.charCodeAt(0)}`;
}

function deployment(key: string, image: string, want: 'run' | 'drain', env: Record<string, string>): DeploymentPart {
  return {
    key, serviceId: 's', serviceName: 'web', revision: 1, want, image, digest: null, address: addressOf(key),
    mac: '02:00:00:00:00:01', command: null, env, secrets: [], ports: [], resources: { memoryMb: null, cpus: null },
    healthCheck: null, stopTimeoutSeconds: 3, registry: null,
  };
}

const deployments = fc
  .uniqueArray(fc.record({ key: ids, image: fc.constantFrom(...IMAGES), value: fc.constantFrom('1', '2') }), { selector: (one) => one.key })
  .map((list) => list.map(({ key, image, value }) => deployment(key, image, 'run', { A: value })));

const records: fc.Arbitrary<RecordPart[]> = fc.subarray(['a', 'b', 'c']).map((keys) => [{ key: 'web', addresses: keys.map(addressOf) }]);

const peers: fc.Arbitrary<PeerPart[]> = fc.subarray([1, 2, 3]).map((subnets) =>
  subnets.map((subnetId) => ({ key: `p${subnetId}`, subnetId, publicKey: `key${subnetId}`, endpoints: ['192.0.2.1:51820'] })),
);

const generation = { epoch: 1, position: 5, renderer: 1 };

function section<P>(parts: P[]) {
  return { generation, hash: sha256(JSON.stringify(parts)), parts };
}

export const expectedStates: fc.Arbitrary<ExpectedState> = fc
  .record({ containers: deployments, dns: records, wireguard: peers })
  .map(({ containers, dns, wireguard }) => {
    // Names lead only to what is expected to run: as the control plane orders its changes.
    const present = new Set(containers.map((part) => part.address));
    const named = dns.map((record) => ({ ...record, addresses: record.addresses.filter((address) => present.has(address)) }));
    return {
      serverId: 'server-7', subnetId: 7, containers: section(containers), dns: section(named), traefik: section([]), wireguard: section(wireguard),
    };
  });

/** Whatever may stand on a server: orphans, other specifications, every state. */
export const containers: fc.Arbitrary<ActualContainer[]> = fc.uniqueArray(
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
