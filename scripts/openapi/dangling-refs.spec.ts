import { danglingRefs } from './dangling-refs.ts';

const referring = (...names: string[]) => names.map((name) => ({ $ref: `#/components/schemas/${name}` }));

describe('references of an OpenAPI document', () => {
  it('accepts those that are defined', () => {
    expect(danglingRefs({ components: { schemas: { A: {}, B: { items: referring('A') } } } })).toEqual([]);
  });

  it('names each that is not, also the one without a name', () => {
    expect(danglingRefs({ components: { schemas: { A: { anyOf: referring('', 'C', 'C', 'A') } } } })).toEqual([
      '',
      'C',
    ]);
  });
});
