import type { DeploymentPart } from '@techulus/contract';
import type { ActualContainer, ActualState, AppliedSection } from './actual-state.ts';
import { containerSpecHash } from './container-spec.ts';
import { diff } from './diff.ts';
import type { ExpectedState } from './expected.ts';
import { sha256 } from './testing/model.ts';

const now = 1_000_000;
const generation = { epoch: 1, position: 5, renderer: 1 };

function part(key: string, changes: Partial<DeploymentPart> = {}): DeploymentPart {
  return {
    key,
    serviceId: 's',
    serviceName: 'web',
    revision: 1,
    want: 'run',
    image: 'r/web@sha256:1',
    digest: null,
    address: `10.200.7.${key.charCodeAt(0)}`,
    mac: '02:00:00:00:00:01',
    command: null,
    env: {},
    secrets: [],
    ports: [],
    resources: { memoryMb: null, cpus: null },
    healthCheck: null,
    stopTimeoutSeconds: 10,
    registry: null,
    ...changes,
  };
}

function container(of: DeploymentPart, changes: Partial<ActualContainer> = {}): ActualContainer {
  return {
    containerId: `c-${of.key}`,
    deploymentId: of.key,
    serviceId: 's',
    state: 'running',
    image: of.image,
    address: of.address,
    specHash: containerSpecHash(of, sha256),
    stopTimeoutSeconds: 10,
    termSentAt: null,
    exitCode: null,
    notBefore: 0,
    restartBecause: null,
    ...changes,
  };
}

function expecting(parts: DeploymentPart[], more: Partial<ExpectedState> = {}): ExpectedState {
  return { serverId: 'x', subnetId: 7, containers: { generation, hash: 'h', parts }, ...more };
}

const NOTHING: AppliedSection = { generation: null, hash: null, addresses: [] };

function seeing(containers: ActualContainer[], more: Partial<ActualState> = {}): ActualState {
  return {
    containers: { observed: true, value: { containers, images: new Map() } },
    dns: { observed: true, value: NOTHING },
    traefik: { observed: true, value: NOTHING },
    wireguard: { observed: true, value: { interfaceUp: true, peers: [], routes: [] } },
    ...more,
  };
}

function plan(expected: ExpectedState, actual: ActualState, at = now): string[] {
  return diff(expected, actual, { now: at, sha256 }).map(({ kind, key }) => `${kind} ${key}`);
}

describe('diff', () => {
  it('orders: orphans, what stands still, what is missing, what is wrong, names, routes, the mesh', () => {
    const [still, missing, wrong, orphan] = [part('a'), part('b'), part('c'), part('d')];
    const section = { generation, hash: 'h', parts: [] };
    const expected = expecting([wrong, missing, still], { dns: section, traefik: section, wireguard: section });
    const actual = seeing([
      container(wrong, { image: 'other' }),
      container(still, { state: 'exited', exitCode: 1 }),
      container(orphan),
    ]);
    const images = new Map([[missing.image, { state: 'present' } as const]]);
    const containers = {
      observed: true,
      value: { containers: actual.containers.observed ? actual.containers.value.containers : [], images },
    } as const;
    const down = { observed: true, value: { interfaceUp: false, peers: [], routes: [] } } as const;
    expect(plan(expected, { ...actual, containers, wireguard: down })).toEqual([
      'terminate_container d/SIGTERM',
      'start_container a',
      'create_container b',
      'terminate_container c/SIGTERM',
      'apply_dns dns',
      'apply_traefik traefik',
      'apply_wireguard wireguard',
    ]);
  });

  it('follows SIGTERM with SIGKILL when the stop timeout has passed, and with removal when it has ended', () => {
    const orphan = container(part('a'), { state: 'stopping', termSentAt: now });
    expect(plan(expecting([]), seeing([orphan]), now + 9_999)).toEqual([]);
    expect(plan(expecting([]), seeing([orphan]), now + 10_000)).toEqual(['terminate_container a/SIGKILL']);
    expect(plan(expecting([]), seeing([{ ...orphan, state: 'exited' }]))).toEqual(['remove_container a']);
  });

  it('leaves what the control plane does not know alone where it says so, and stops the rest', () => {
    const [listed, ending, unknown] = [part('a'), part('b'), part('c')];
    const twice = { ...container(listed, { state: 'exited' }), containerId: 'c-a-again' };
    const actual = seeing([container(listed), twice, container(ending), container(unknown)]);
    const all = expecting([listed]);
    const some = { ...all, containers: { ...all.containers!, stopOnly: ['b'] } };
    expect(plan(some, actual)).toEqual(['remove_container a', 'terminate_container b/SIGTERM']);
    expect(plan(all, actual)).toContain('terminate_container c/SIGTERM');
  });

  it('lets an orphan run while names in effect here lead to it, or while that cannot be seen', () => {
    const orphan = container(part('a'));
    const dns = { generation, hash: 'h', parts: [] };
    const applied = { generation, hash: 'h', addresses: ['10.200.7.97'] };
    const expected = expecting([], { dns });
    expect(plan(expected, seeing([orphan], { dns: { observed: true, value: applied } }))).toEqual([]);
    expect(plan(expected, seeing([orphan], { dns: { observed: false, reason: 'it hangs' } }))).toEqual([]);
    const free = { ...applied, addresses: [] };
    expect(plan(expected, seeing([orphan], { dns: { observed: true, value: free } }))).toEqual([
      'terminate_container a/SIGTERM',
    ]);
  });

  it('fetches the image of one that is held, and makes no container', () => {
    const held = part('a', { want: 'pull' });
    const withImage = (state: 'absent' | 'present') =>
      seeing([], {
        containers: { observed: true, value: { containers: [], images: new Map([[held.image, { state }]]) } },
      });
    expect(plan(expecting([held]), withImage('absent'))).toEqual([`pull_image ${held.image}`]);
    expect(plan(expecting([held]), withImage('present'))).toEqual([]);
  });

  it('ends one that stands aside without removing it, and starts it again when it is wanted', () => {
    const aside = part('a', { want: 'stop' });
    expect(plan(expecting([aside]), seeing([container(aside)]))).toEqual(['terminate_container a/SIGTERM']);
    const stopping = container(aside, { state: 'stopping', termSentAt: now });
    expect(plan(expecting([aside]), seeing([stopping]), now + 10_000)).toEqual(['terminate_container a/SIGKILL']);
    const ended = container(aside, { state: 'exited', exitCode: 0 });
    expect(plan(expecting([aside]), seeing([ended]))).toEqual([]);
    expect(plan(expecting([part('a')]), seeing([ended]))).toEqual(['start_container a']);
  });

  it('pulls one image once for several deployments, and creates only when it is there', () => {
    const parts = [part('a'), part('b')];
    const withImage = (state: 'absent' | 'present') =>
      seeing([], {
        containers: { observed: true, value: { containers: [], images: new Map([[part('a').image, { state }]]) } },
      });
    expect(plan(expecting(parts), withImage('absent'))).toEqual([`pull_image ${part('a').image}`]);
    expect(plan(expecting(parts), withImage('present'))).toEqual(['create_container a', 'create_container b']);
  });

  it('waits with a failed pull, and with an address that another container still holds', () => {
    const failed = { state: 'failed', reason: 'pull_failed', message: 'x', notBefore: now + 1 } as const;
    const wanted = part('a');
    const seen = (image: typeof failed | { state: 'present' }, containers: ActualContainer[]) =>
      seeing([], { containers: { observed: true, value: { containers, images: new Map([[wanted.image, image]]) } } });
    expect(plan(expecting([wanted]), seen(failed, []))).toEqual([]);
    expect(plan(expecting([wanted]), seen(failed, []), now + 1)).toEqual([`pull_image ${wanted.image}`]);
    const holder = container(part('z'), { address: wanted.address, state: 'stopping', termSentAt: now });
    expect(plan(expecting([wanted]), seen({ state: 'present' }, [holder]))).toEqual([]);
  });

  it('keeps the crash backoff, and never starts again what ended while it drained', () => {
    const one = part('a');
    const crashed = container(one, { state: 'exited', notBefore: now + 10_000 });
    expect(plan(expecting([one]), seeing([crashed]))).toEqual([]);
    expect(plan(expecting([one]), seeing([crashed]), now + 10_000)).toEqual(['start_container a']);
    expect(plan(expecting([part('a', { want: 'drain' })]), seeing([crashed]), now + 10_000)).toEqual([]);
  });

  it('restarts what stays unhealthy, unless it drains', () => {
    const ill = container(part('a'), { restartBecause: 'it stays unhealthy' });
    expect(plan(expecting([part('a')]), seeing([ill]))).toEqual(['terminate_container a/SIGTERM']);
    expect(plan(expecting([part('a', { want: 'drain' })]), seeing([ill]))).toEqual([]);
  });

  it('replaces nothing because draining, credentials or checks changed', () => {
    const changed = part('a', {
      want: 'drain',
      registry: { host: 'r', version: 2 },
      healthCheck: { type: 'tcp', port: 1, intervalSeconds: 1, timeoutSeconds: 1, retries: 1, startPeriodSeconds: 0 },
    });
    expect(plan(expecting([changed]), seeing([container(part('a'))]))).toEqual([]);
    expect(plan(expecting([part('a', { env: { A: '1' } })]), seeing([container(part('a'))]))).toEqual([
      'terminate_container a/SIGTERM',
    ]);
  });

  it('keeps one of two containers of a deployment: the one that is right and runs', () => {
    const one = part('a');
    const twin = container(one, { containerId: 'c-twin', state: 'created' });
    expect(plan(expecting([one]), seeing([twin, container(one)]))).toEqual(['remove_container a']);
  });

  it('takes an endpoint that WireGuard learned for no drift, and a strange peer for one', () => {
    const peer = { key: 'p', subnetId: 2, publicKey: 'k', endpoints: ['192.0.2.1:51820'] };
    const expected = { serverId: 'x', subnetId: 7, wireguard: { generation, hash: 'h', parts: [peer] } };
    const routes = ['10.200.2.0/24', '10.100.2.0/24'];
    const actual = { publicKey: 'k', allowedIps: routes, endpoint: '198.51.100.9:4242', handshakeAgeSeconds: null };
    const mesh = (peers: (typeof actual)[]) =>
      seeing([], { wireguard: { observed: true, value: { interfaceUp: true, peers, routes } } });
    expect(plan(expected, mesh([actual]))).toEqual([]);
    expect(plan(expected, mesh([actual, { ...actual, publicKey: 'stranger' }]))).toEqual(['apply_wireguard wireguard']);
    expect(plan(expected, mesh([]))).toEqual(['apply_wireguard wireguard']);
  });
});
