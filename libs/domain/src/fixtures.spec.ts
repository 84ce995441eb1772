import { readdirSync, readFileSync } from 'node:fs';
import { emptyCluster } from './state.ts';
import { evolve, versionOf } from './cluster.ts';
import { type DomainEvent, EVENT_SCHEMAS, isEventType, type Recorded } from './events.ts';
import { describe as inWords } from './why.ts';

const FOLDER = new URL('../fixtures/events/', import.meta.url);
type Fixture = DomainEvent & { schema: number; stream: string };
const files = readdirSync(FOLDER).toSorted();
const fixtures = files.map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture);

/** The order in which such a story could happen: what makes an entity first, what ends it last. */
const LAST = ['.deleted', '.removed', '.address_released', 'credentials_deleted'];
const rank = (type: string): number =>
  /\.(created|issued|requested|credentials_written)$/.test(type) ? 0 : LAST.some((end) => type.endsWith(end)) ? 2 : 1;

describe('every event type', () => {
  it('has a fixture for each version that was released', () => {
    const wanted = Object.entries(EVENT_SCHEMAS).flatMap(([type, schema]) =>
      Array.from({ length: schema }, (_, n) => `${type}.v${n + 1}.json`),
    );
    expect(files).toEqual(wanted.toSorted());
  });

  it.each(fixtures.map((fixture) => [fixture.type, fixture] as const))(
    '%s is folded and has a sentence',
    (type, fixture) => {
      expect(isEventType(type)).toBe(true);
      const cluster = emptyCluster();
      const story = fixtures.filter((other) => rank(other.type) === 0 && other.type !== type);
      for (const [index, event] of [...story, fixture].entries()) {
        const recorded = {
          ...event,
          version: versionOf(cluster, event.stream) + 1,
          position: index + 1,
          at: index,
        } as Recorded;
        evolve(cluster, recorded);
        expect(versionOf(cluster, event.stream)).toBe(recorded.version);
      }
      expect(inWords(fixture, cluster)).toMatch(/^[^{}]{5,300}$/);
      expect(inWords(fixture, cluster)).not.toMatch(/undefined|\[object/);
    },
  );
});
