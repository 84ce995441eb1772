import { emptyCluster } from '@techulus/domain';
import { changesInside, NEW_SPEC, placementOf, specOf, strategyOf } from './service-spec.ts';

const image = { image: 'r.example/web:v1', digest: null, digestError: 'registry_unreachable' };

function clusterWith(...secrets: { name: string; currentVersion: number }[]) {
  const cluster = emptyCluster();
  for (const [at, { name, currentVersion }] of secrets.entries()) {
    cluster.secrets.set(`s${at}`, { id: `s${at}`, name, currentVersion, updatedAt: 0, version: 1 });
  }
  return cluster;
}

describe('what a revision holds', () => {
  it('is the defaults where nothing was sent', () => {
    expect(specOf(emptyCluster(), NEW_SPEC, {}, image)).toEqual({
      ...image,
      command: null,
      env: {},
      secrets: [],
      ports: [],
      resources: { memoryMb: null, cpus: null },
      healthCheck: null,
      stopTimeoutSeconds: 10,
    });
  });

  it('keeps what was left out, clears what is null, and takes secrets as they are now', () => {
    const before = {
      ...NEW_SPEC,
      command: ['run'],
      env: { A: '1' },
      secrets: [{ env: 'B', name: 'b', id: 's0', version: 1 }],
      healthCheck: {
        type: 'tcp' as const,
        port: 80,
        intervalSeconds: 5,
        timeoutSeconds: 3,
        retries: 3,
        startPeriodSeconds: 0,
      },
    };
    const cluster = clusterWith({ name: 'b', currentVersion: 4 });
    expect(specOf(cluster, before, { healthCheck: null }, image)).toEqual({
      ...before,
      ...image,
      secrets: [{ env: 'B', name: 'b', id: 's0', version: 4 }],
      healthCheck: null,
    });
    expect(specOf(cluster, before, { command: null, env: {} }, image)).toMatchObject({ command: null, env: {} });
  });

  it('is equal for equal input, so that it makes no revision', () => {
    const cluster = clusterWith({ name: 'b', currentVersion: 1 });
    const body = {
      env: { A: '1' },
      secrets: { Z: 'b', B: 'b' },
      ports: [{ port: 80 }],
      healthCheck: { type: 'http' as const },
    };
    const first = specOf(cluster, NEW_SPEC, body, image);
    expect(JSON.stringify(specOf(cluster, first, {}, image))).toBe(JSON.stringify(first));
    expect(first.healthCheck).toMatchObject({ type: 'http', port: 80, path: '/', intervalSeconds: 5, retries: 3 });
  });

  it.each([
    [{ secrets: { X: 'none' } }, 'secrets.X'],
    [{ secrets: { B: 'b' }, env: { B: 'y' } }, 'secrets.B'],
    [{ ports: [{ port: 80 }, { port: 80, protocol: 'tcp' as const }] }, 'ports'],
    [{ healthCheck: { type: 'tcp' as const } }, 'healthCheck.port'],
    [{ ports: [{ port: 53, protocol: 'udp' as const }], healthCheck: { type: 'http' as const } }, 'healthCheck.port'],
    [{ healthCheck: { type: 'command' as const, command: ['x'], port: 1 } }, 'healthCheck.port'],
    [{ healthCheck: { type: 'tcp' as const, port: 1, command: ['x'] } }, 'healthCheck.command'],
  ])('is refused for %j', (body, field) => {
    const cluster = clusterWith({ name: 'b', currentVersion: 1 });
    expect(() => specOf(cluster, NEW_SPEC, body, image)).toThrow(expect.objectContaining({ kind: 'invalid', field }));
  });

  it('takes a port of another protocol as another port', () => {
    const ports = [{ port: 53 }, { port: 53, protocol: 'udp' as const }];
    expect(specOf(emptyCluster(), NEW_SPEC, { ports }, image).ports).toEqual([
      { port: 53, protocol: 'tcp' },
      { port: 53, protocol: 'udp' },
    ]);
  });
});

describe('settings', () => {
  it('have defaults', () => {
    expect(strategyOf({})).toEqual({ order: 'start-first', batch: null });
    expect(placementOf(emptyCluster(), {})).toEqual({ constraints: [], servers: [] });
  });

  it('name only servers that there are', () => {
    expect(() => placementOf(emptyCluster(), { servers: ['x'] })).toThrow(
      expect.objectContaining({ field: 'placement.servers' }),
    );
  });

  it('are not inside', () => {
    expect(changesInside({})).toBe(false);
    expect(changesInside({ healthCheck: null })).toBe(true);
    expect(changesInside({ stopTimeoutSeconds: 0 })).toBe(true);
  });
});
