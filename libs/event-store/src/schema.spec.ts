import type { StoredEvent } from './event-store.ts';
import { eventSchemas } from './schema.ts';

const schemas = eventSchemas([
  { type: 'ServiceCreated', schema: 1 },
  {
    type: 'ServerAdded',
    schema: 3,
    upcasters: {
      1: (data) => ({ ...(data as object), labels: {} }),
      2: (data) => ({ ...(data as object), role: 'worker' }),
    },
  },
]);

const stored = (type: string, schema: number, data: unknown): StoredEvent => ({
  position: 7,
  stream: 's',
  version: 1,
  type,
  schema,
  data,
  meta: { actor: 'test' },
  at: 0,
  hash: '',
});

describe('event schemas', () => {
  it('leads an old event to the present schema, step by step', () => {
    const present = { name: 'a', labels: {}, role: 'worker' };
    expect(schemas.upcast(stored('ServerAdded', 1, { name: 'a' }))).toMatchObject({ schema: 3, data: present });
    expect(schemas.upcast(stored('ServerAdded', 2, { name: 'a', labels: { x: '1' } })).data).toEqual({
      name: 'a',
      labels: { x: '1' },
      role: 'worker',
    });
  });

  it('leaves a present event as it is', () => {
    const event = stored('ServiceCreated', 1, { name: 'a' });
    expect(schemas.upcast(event)).toBe(event);
    expect(schemas.current('ServerAdded')).toBe(3);
  });

  it.each([
    ['type', 'FromTheFuture', 1],
    ['schema of a known type', 'ServerAdded', 4],
    ['schema before the first', 'ServerAdded', 0],
  ])('refuses an unknown %s, and says where it stands', (_, type, schema) => {
    const refusal = expect.objectContaining({ code: 'unknown_event_type', type, position: 7 }) as Error;
    expect(() => schemas.upcast(stored(type, schema, {}))).toThrow(refusal);
  });

  it('refuses a registry with a gap or a type twice, when it is made', () => {
    expect(() => eventSchemas([{ type: 'A', schema: 3, upcasters: { 1: (data) => data } }])).toThrow('from schema 2');
    expect(() =>
      eventSchemas([
        { type: 'A', schema: 1 },
        { type: 'A', schema: 1 },
      ]),
    ).toThrow('twice');
  });
});
