import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { evolve, versionOf } from './cluster.ts';
import type { DomainEvent, Recorded } from './events.ts';
import { FOLD_VERSION } from './fold-version.ts';
import { emptyCluster } from './state.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);
const EVENTS = new URL('events/', FIXTURES);

type Fixture = DomainEvent & { stream: string };

/** Every event that there is, once: what makes an entity first, what ends it last. */
function story(): Fixture[] {
  const rank = ({ type }: Fixture): number =>
    /\.(created|issued|requested|credentials_written)$/.test(type)
      ? 0
      : /\.(deleted|removed|address_released|credentials_deleted)$/.test(type)
        ? 2
        : 1;
  return readdirSync(EVENTS)
    .toSorted()
    .map((file) => JSON.parse(readFileSync(new URL(file, EVENTS), 'utf8')) as Fixture)
    .toSorted((a, b) => rank(a) - rank(b));
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof Map) return ['map', ...(value as Map<unknown, unknown>)];
  return value instanceof Set ? ['set', ...(value as Set<unknown>)] : value;
}

/** The state after each event: a field that is new, or filled otherwise, shows. */
function hashOfFold(): string {
  const cluster = emptyCluster();
  const hash = createHash('sha256');
  for (const [index, event] of story().entries()) {
    const place = { version: versionOf(cluster, event.stream) + 1, position: index + 1, at: index };
    evolve(cluster, { ...event, ...place } as Recorded);
    hash.update(JSON.stringify(cluster, plain));
  }
  return hash.digest('hex');
}

describe('the fold', () => {
  it('has a version of its own: raise FOLD_VERSION where only the hash differs, and write both into fixtures/fold.json', () => {
    const known: unknown = JSON.parse(readFileSync(new URL('fold.json', FIXTURES), 'utf8'));
    expect({ version: FOLD_VERSION, hash: hashOfFold() }).toEqual(known);
  });
});
