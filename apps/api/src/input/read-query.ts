import { WholeInQuery, Text } from './fields.ts';

export const ID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const DEFAULT_LIMIT = 50;
export const LIMIT = { min: 1, max: 200, byDefault: DEFAULT_LIMIT };

/** Every read can ask to see at least what a write answered. */
export class ReadQuery {
  @WholeInQuery({ min: 0, max: Number.MAX_SAFE_INTEGER, says: 'Answer with at least this position seen.' })
  position?: number;
}

export class ListQuery extends ReadQuery {
  @Text({
    max: 64,
    pattern: ID_PATTERN,
    form: 'the `next` of a list',
    optional: true,
    says: '`next` of the page before.',
  })
  cursor?: string;
  @WholeInQuery(LIMIT) limit?: number;
}
