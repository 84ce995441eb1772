import fc from 'fast-check';
import { isActive, isEndedStage } from './deployment.ts';
import { recordAddresses } from './records.ts';
import { Refused } from './refused.ts';
import { cancelRollout, startRollout } from './rollout-commands.ts';
import { isEnded } from './rollout.ts';
import { cordonServer, drainServer, removeServer, uncordonServer } from './server-commands.ts';
import { changeService } from './service-commands.ts';
import type { Strategy } from './service-events.ts';
import { isInMotion } from './settle.ts';
import type { Deployment } from './state.ts';
import { Scenario, spec } from './testing/scenario.ts';
import { waitingFor } from './waiting.ts';

/** What an operator, a server or an image may do at the worst moment. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('deploy' as const),
      image: fc.constantFrom('good:1', 'good:2', 'exits:1', 'mute:1', 'late:1'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 6 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'drain' as const,
        'cordon' as const,
        'uncordon' as const,
        'silence' as const,
        'hear' as const,
      ),
      server: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flap' as const), sick: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Told {
  readonly story: Scenario;
  readonly web: string;
  readonly servers: readonly string[];
}

function begin(order: Strategy['order'] = 'start-first'): Told {
  const story = new Scenario();
  const servers = ['a', 'b', 'c'].map((name) => story.addServer(name));
  story.pass(3);
  story.behaviours.set('exits:1', () => ({ phase: 'exited', health: 'starting', exitCode: 1 }));
  story.behaviours.set('mute:1', () => ({ health: 'starting' }));
  story.behaviours.set('late:1', (d) => (story.now - d.createdAt < 7000 ? { health: 'starting' } : {}));
  const strategy = { order, batch: null };
  const web = story.addService('web', { replicas: 3, spec: spec('good:1'), strategy });
  story.decide((draft) => startRollout(draft, { serviceId: web }));
  return { story, web, servers };
}

function orRefused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

function deploy({ story, web }: Told, image: string): void {
  story.decide((draft) => changeService(draft, { id: web, spec: spec(image) }));
  orRefused(() => story.decide((draft) => startRollout(draft, { serviceId: web })));
}

function onServer({ story, servers }: Told, kind: string, index: number): void {
  const id = servers[index] ?? '';
  if (kind === 'silence') story.silent.add(id);
  if (kind === 'hear') story.silent.delete(id);
  if (kind === 'drain') story.decide((draft) => drainServer(draft, { id }));
  if (kind === 'cordon') story.decide((draft) => cordonServer(draft, { id }));
  if (kind === 'uncordon') story.decide((draft) => uncordonServer(draft, { id }));
}

function take(told: Told, next: Step): void {
  const { story, web } = told;
  switch (next.kind) {
    case 'pass':
      for (let second = 0; second < next.seconds; second += 1) {
        story.pass(1);
        expectPromises(told);
      }
      return;
    case 'deploy':
      return deploy(told, next.image);
    case 'scale':
      return orRefused(() => story.decide((draft) => changeService(draft, { id: web, replicas: next.replicas })));
    case 'cancel': {
      const rollout = [...story.cluster.rollouts.values()].find((candidate) => !isEnded(candidate));
      return rollout === undefined
        ? undefined
        : orRefused(() => story.decide((draft) => cancelRollout(draft, { id: rollout.id })));
    }
    case 'flap':
      story.behaviours.set('good:1', () => (next.sick ? { health: 'unhealthy', message: 'HTTP 503' } : {}));
      return;
    case 'drain':
    case 'cordon':
    case 'uncordon':
    case 'silence':
    case 'hear':
      return onServer(told, next.kind, next.server);
  }
}

function rests(d: Deployment): boolean {
  return d.removed || (d.leaving === null && (d.stage === 'running' || d.stage === 'healthy'));
}

/** Whatever does not move says what it waits for, and what it says is still missing. */
function expectReasons({ story, web }: Pick<Told, 'story' | 'web'>): void {
  for (const d of story.replicas(web)) {
    const waits = waitingFor(story.facts, story.cluster, d);
    expect({ id: d.id, stage: d.stage, silent: !rests(d) && waits.length === 0 }).toMatchObject({ silent: false });
    for (const { held, wanted } of waits) expect(held ?? 0).toBeLessThan(wanted ?? 1);
  }
}

/** stop-first: one that has started never runs beside the one that it replaces. */
function expectSingleWriters({ story, web }: Pick<Told, 'story' | 'web'>): void {
  if (story.cluster.services.get(web)?.strategy.order !== 'stop-first') return;
  const mayRun = (d: Deployment): boolean => d.expected && !d.hold && !d.removed && d.leaving?.keptAt == null;
  for (const d of story.replicas(web)) {
    const old = story.cluster.deployments.get(d.replaces ?? '');
    expect({ id: d.id, both: mayRun(d) && old !== undefined && mayRun(old) }).toEqual({ id: d.id, both: false });
  }
  const scaled = story.log.some((event) => event.type === 'service.scaled' || event.type === 'deployment.stayed');
  const running = story.replicas(web).filter(mayRun).length;
  const undone = story.log.some((event) => event.type === 'deployment.leaving' && event.data.reason === 'rolled_back');
  if (!scaled && !undone) expect(running).toBeLessThanOrEqual(3);
}

/** What holds after every step. Claims and stream versions are checked by the scenario itself. */
function expectPromises({ story, web }: Told): void {
  const replicas = story.replicas(web);
  const named = new Set(recordAddresses(story.cluster, web));
  const routed = replicas.filter(
    (d) => isActive(d) && ['dns_updating', 'traefik_updating', 'stopping_old', 'running'].includes(d.stage),
  );
  if (routed.length > 0) expect(named.size).toBeGreaterThan(0);
  for (const d of replicas) if (!d.expected || d.leaving !== null) expect(named.has(d.address)).toBe(false);
  expectSingleWriters({ story, web });
  expectReasons({ story, web });
  expect(
    [...story.cluster.rollouts.values()].filter((rollout) => rollout.status === 'in_progress').length,
  ).toBeLessThanOrEqual(1);
  const terminal = story.log.filter((event) =>
    /^rollout\.(succeeded|failed|rolled_back|cancelled|superseded)$/.test(event.type),
  );
  expect(new Set(terminal.map((event) => event.stream)).size).toBe(terminal.length);
}

/** Faults end; everything must come to rest at the last accepted intent. */
function expectRest(told: Told): void {
  const { story, web, servers } = told;
  story.silent.clear();
  story.behaviours.clear();
  for (const id of servers) story.decide((draft) => uncordonServer(draft, { id }));
  for (let second = 0; second < 900 && isInMotion(story.cluster); second += 1) story.pass(1);
  const service = story.cluster.services.get(web);
  const states = story
    .replicas(web)
    .map((d) => `${d.stage} r${d.revision}${d.leaving === null ? '' : ` leaving ${d.leaving.reason}`}`);
  expect({ moving: isInMotion(story.cluster), states }).toMatchObject({ moving: false });
  expect([...story.cluster.rollouts.values()].every(isEnded)).toBe(true);
  if (service?.runningRevision == null) return;
  const running = story.replicas(web, 'running');
  expect(running).toHaveLength(service.replicas);
  expect(story.replicas(web).filter((d) => !isEndedStage(d.stage))).toHaveLength(service.replicas);
  expect([...story.claims.keys()].filter((key) => key.startsWith('address/'))).toHaveLength(service.replicas);
}

describe('whatever happens', () => {
  it('names lead to what serves, each rollout ends once, and everything comes to rest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('start-first', 'stop-first'),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        (order, steps) => {
          const told = begin(order);
          for (const next of steps) {
            take(told, next);
            expectPromises(told);
          }
          expectRest(told);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('a server removed at any moment, by force or not, leaves a whole service', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.nat(2), (at, force, index) => {
        const told = begin();
        const { story, web, servers } = told;
        story.pass(12);
        deploy(told, 'good:2');
        story.pass(at);
        const id = servers[index] ?? '';
        story.decide((draft) => removeServer(draft, { id, force }));
        for (let second = 0; second < 300 && isInMotion(story.cluster); second += 1) {
          story.pass(1);
          expectPromises(told);
        }
        expect(story.cluster.servers.get(id)?.removed).toBe(true);
        expect(story.replicas(web, 'running')).toHaveLength(3);
        expect(new Set(story.replicas(web, 'running').map((d) => d.serverId)).has(id)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
