import { emptyCluster, evolveServer, type Server, type ServerEvent } from '@techulus/domain';
import type { PresenceRow } from '../presence/presence.ts';
import { pastView, type View } from '../reading/view.ts';
import { serverResource } from './server-resource.ts';

function told(state: Server | undefined, event: ServerEvent): Server {
  const version = (state?.version ?? 0) + 1;
  const evolved = evolveServer(state, { ...event, stream: 'server/n1', version, position: 4 + version - 1, at: 0 });
  if (evolved === null) throw new Error('a server does not end to exist');
  return evolved;
}

const created = told(undefined, { type: 'server.created', data: { name: 'web-1', role: 'worker', labels: {} } });
const server = told(created, {
  type: 'server.registered',
  data: {
    subnetId: 7,
    keys: { wireguardPublicKey: 'w', signingKey: 's', sealingKey: 'x' },
    endpoints: [],
    host: { hostname: 'n', os: 'debian', kernel: '6', architecture: 'x64', cpus: 2, memoryMb: 2048 },
    secretVersion: 1,
  },
});

function report(held: Partial<Record<'dns' | 'containers', number>>): PresenceRow {
  const ack = (position: number) => ({ epoch: 1, position, renderer: 1, hash: '' });
  const acks = Object.fromEntries(Object.entries(held).map(([section, position]) => [section, ack(position)]));
  return {
    seenAt: 19_000,
    sequence: 1,
    acks,
    agentState: 'IDLE',
    unobserved: ['wireguard'],
    observedAt: 19_000,
    containers: [],
    action: null,
    deferred: [],
    resources: {
      memoryTotalMb: 1,
      memoryFreeMb: 1,
      cpus: 1,
      load1: 0,
      diskTotalMb: 1,
      diskFreeMb: 1,
      diskPressure: true,
    },
    podmanAnswers: false,
    publicAddress: '192.0.2.1',
    endpoints: [],
    handshakes: [],
    versions: { agent: '1', podman: null, kernel: '6', os: 'debian' },
    clockOffsetMs: 12,
  };
}

function viewOf(state: Server, row: PresenceRow | null, now = 20_000): View {
  const cluster = { ...emptyCluster(), servers: new Map([[state.id, state]]) };
  cluster.touched.dns = 9;
  const rows = new Map(row === null ? [] : [[state.id, row]]);
  const presence = {
    acks: {},
    podmanAnswers: true,
    diskPressure: false,
    containersObserved: true,
    connections: {},
    problems: {},
  };
  const seen = new Map([...rows].map(([id, { seenAt }]) => [id, { ...presence, seenAt }]));
  return { ...pastView(cluster, 1), now, reports: rows, presence: seen };
}

describe('the status of a server', () => {
  it.each<[string, Partial<Server>, PresenceRow | null, number]>([
    ['registering', { registration: null }, null, 20_000],
    ['online', {}, report({}), 20_000],
    ['offline', {}, report({}), 60_000],
    ['offline', {}, null, 20_000],
    ['removing', { removing: { force: false }, draining: true }, report({}), 20_000],
    ['removed', { removing: { force: false }, removed: true }, report({}), 20_000],
  ])('is %s', (status, change, row, now) => {
    const state = { ...server, ...change };
    expect(serverResource(viewOf(state, row, now), state).status).toBe(status);
  });

  it('is unknown in the past, unless the log says it', () => {
    const past = pastView({ ...emptyCluster(), servers: new Map([[server.id, server]]) }, 1);
    expect(serverResource(past, server)).toMatchObject({ status: 'unknown', conditions: null, lastSeenAt: null });
    expect(serverResource(past, { ...server, removed: true }).status).toBe('removed');
  });
});

describe('the conditions of a server', () => {
  it('are from its last report: drift is what it does not hold yet', () => {
    const { conditions, meshAddress, publicAddress } = serverResource(
      viewOf(server, report({ dns: 8, containers: 5 })),
      server,
    );
    expect({ meshAddress, publicAddress }).toEqual({ meshAddress: '10.100.7.1', publicAddress: '192.0.2.1' });
    expect(conditions).toMatchObject({ podmanAnswers: false, diskPressure: true, clockOffsetMs: 12 });
    expect(conditions?.sections).toEqual([
      { section: 'containers', wanted: 5, held: 5, drift: false, observed: true },
      { section: 'dns', wanted: 9, held: 8, drift: true, observed: true },
      { section: 'traefik', wanted: 5, held: null, drift: true, observed: true },
      { section: 'wireguard', wanted: 5, held: null, drift: true, observed: false },
    ]);
  });
});
