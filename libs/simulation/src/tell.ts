/** A story from a seed. */
import { SeededRandom } from './seeded-random.ts';
import type { StartedService, Step, Story } from './story.ts';

const LENGTH_MS = 60_000;

type Made = Step extends infer S ? (S extends { at: number } ? Omit<S, 'at'> : never) : never;
interface Size {
  readonly servers: number;
  readonly services: number;
  readonly apis: number;
}
type Teller = (random: SeededRandom, size: Size) => Made;

const server = (random: SeededRandom, { servers }: { servers: number }): number => random.between(0, servers - 1);
const service = (random: SeededRandom, { services }: { services: number }): number => random.between(0, services - 1);
const api = (random: SeededRandom, { apis }: { apis: number }): number => random.between(0, apis - 1);
const span = (random: SeededRandom): number =>
  random.pick([2_000, 6_000, 12_000, 20_000, 40_000, random.chance(0.3) ? 150_000 : 30_000]);

/** What an operator does, with how often. */
const ORDERS: readonly (readonly [number, Teller])[] = [
  [
    8,
    (r, s) => ({
      do: 'deploy',
      service: service(r, s),
      image: r.pick(['good', 'good', 'good', 'late', 'slow', 'deaf']),
    }),
  ],
  [3, (r, s) => ({ do: 'deploy', service: service(r, s), image: r.pick(['mute', 'exits', 'missing']) })],
  [2, (r, s) => ({ do: 'roll out again', service: service(r, s), revisionsBack: r.between(0, 2) })],
  [4, (r, s) => ({ do: 'scale', service: service(r, s), replicas: r.pick([0, 1, 2, 3, 4, 5, 6]) })],
  [3, (r, s) => ({ do: 'cancel', service: service(r, s) })],
  [1, (r, s) => ({ do: 'delete', service: service(r, s) })],
  [2, (r, s) => ({ do: 'drain', server: server(r, s) })],
  [1, (r, s) => ({ do: 'cordon', server: server(r, s) })],
  [2, (r, s) => ({ do: 'uncordon', server: server(r, s) })],
  [1, (r, s) => ({ do: 'remove', server: server(r, s), force: r.chance(0.5) })],
  [1, () => ({ do: 'add a server' })],
];

const FAULTS: readonly (readonly [number, Teller])[] = [
  [
    5,
    (r, s) => ({
      do: 'kill api',
      api: api(r, s),
      point: r.pick(['before commit', 'after commit', 'before reply', 'now']),
      downMs: r.pick([300, 2_000, 8_000, 20_000]),
    }),
  ],
  [1, (r) => ({ do: 'control plane away', ms: r.pick([10_000, 30_000, 80_000]) })],
  [1, (r) => ({ do: 'clock jumps', byMs: r.pick([-100_000, -20_000, 20_000, 100_000, 700_000]) })],
  [1, (r) => ({ do: 'cut everybody', ms: r.pick([10_000, 25_000, 60_000]) })],
  [4, (r, s) => ({ do: 'slow commits', api: api(r, s), upToMs: r.pick([5, 40, 300]), ms: span(r) })],
  [2, (r, s) => ({ do: 'lagging fold', api: api(r, s), upToMs: r.pick([20, 200, 1_500, 4_000]), ms: span(r) })],
  [3, (r) => ({ do: 'bad jobs', copies: r.between(1, 2), lateMs: r.pick([0, 3_000, 15_000]), ms: span(r) })],
  [
    5,
    (r, s) => ({
      do: 'kill agent',
      server: server(r, s),
      afterSteps: r.between(0, 6),
      downMs: r.pick([100, 3_000, 20_000]),
    }),
  ],
  [1, (r, s) => ({ do: 'lose state', server: server(r, s), downMs: r.pick([100, 5_000]) })],
  [1, (r, s) => ({ do: 'reboot', server: server(r, s), downMs: r.pick([3_000, 15_000, 40_000]) })],
  [3, (r, s) => ({ do: 'cut', server: server(r, s), direction: r.pick(['both', 'out', 'back']), ms: span(r) })],
  [
    4,
    (r, s) => ({
      do: 'weather',
      server: server(r, s),
      loss: r.pick([0, 0.1, 0.4]),
      duplicates: r.pick([0, 0.2, 0.6]),
      upToMs: r.pick([20, 400, 3_000]),
      ms: span(r),
    }),
  ],
  [
    4,
    (r, s) => ({
      do: 'podman',
      server: server(r, s),
      mood: r.pick(['slow', 'failing', 'hanging', 'stale']),
      ms: span(r),
    }),
  ],
  [2, (r, s) => ({ do: 'rough sections', server: server(r, s), ms: span(r) })],
  [1, (r, s) => ({ do: 'missing image', server: server(r, s), ms: span(r) })],
  [1, (r, s) => ({ do: 'flapping', server: server(r, s), probability: r.pick([0.3, 0.8]), ms: span(r) })],
  [1, (r, s) => ({ do: 'kill container', server: server(r, s), which: r.between(0, 5) })],
  [1, (r, s) => ({ do: 'remove container', server: server(r, s), which: r.between(0, 5) })],
  [
    1,
    (r, s) => ({
      do: 'clock off',
      server: server(r, s),
      byMs: r.pick([-300_000, -70_000, 5_000, 90_000]),
      ms: span(r),
    }),
  ],
];

function draw(random: SeededRandom, from: typeof ORDERS): Teller {
  const all = from.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.fraction() * all;
  for (const [weight, teller] of from) {
    left -= weight;
    if (left < 0) return teller;
  }
  return ORDERS[0]?.[1] as Teller;
}

/** What an operator does at the worst moment follows closely on what they did before. */
function orders(random: SeededRandom, size: Size): Step[] {
  const steps: Step[] = [];
  let at = 0;
  for (let count = random.between(2, 6); count > 0; count -= 1) {
    at += random.chance(0.3) ? random.between(0, 300) : random.between(500, LENGTH_MS / 6);
    const order = { at, ...draw(random, ORDERS)(random, size) } as Step;
    steps.push(order);
    if (order.do !== 'deploy' || !random.chance(0.3)) continue;
    steps.push({ at: at + random.between(0, 25_000), do: 'cancel', service: order.service });
  }
  return steps;
}

/** A fault strikes while something moves, more often than not. */
function whenItHurts(random: SeededRandom, steps: readonly Step[]): number {
  const near = steps[random.between(0, steps.length - 1)]?.at ?? 0;
  return random.chance(0.7) ? near + random.between(0, 6_000) : random.between(0, LENGTH_MS);
}

function started(random: SeededRandom, most: number): StartedService {
  return { replicas: random.between(1, most), order: random.chance(0.25) ? 'stop-first' : 'start-first' };
}

export function tell(seed: number): Story {
  const random = new SeededRandom(`story ${seed}`);
  const apis = random.chance(0.5) ? 2 : 1;
  const servers = 3;
  const services = random.chance(0.3) ? [started(random, 4), started(random, 2)] : [started(random, 4)];
  const size = { servers, services: services.length, apis };
  const steps = orders(random, size);
  for (let count = random.between(0, 7); count > 0; count -= 1)
    steps.push({ at: whenItHurts(random, steps), ...draw(random, FAULTS)(random, size) } as Step);
  return { seed, apis, servers, services, steps: steps.toSorted((a, b) => a.at - b.at) };
}
