import fc from 'fast-check';
import type { ActualState } from './actual-state.ts';
import { diff } from './diff.ts';
import type { ExpectedState } from './expected.ts';
import { containers, expectedStates } from './testing/arbitrary.ts';
import { applied, emptyWorld, observed, sha256, type World } from './testing/model.ts';

const MOST_STEPS = 200;

function look(expected: ExpectedState, world: World): ActualState {
  return observed(world, (expected.containers?.parts ?? []).map((part) => part.image));
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
