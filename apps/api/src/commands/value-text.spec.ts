import { valueOf, valueText } from './value-text.ts';

describe('a value as text', () => {
  it('comes back as it was, with its maps and sets', () => {
    const value = { a: new Map([['k', { b: new Set(['x']), c: null }]]), d: [new Map()], e: 'text', $map: 'a label' };
    expect(valueOf(valueText(value))).toEqual(value);
  });

  it('is null where a command answers nothing', () => {
    expect(valueOf(valueText(undefined))).toBeNull();
  });
});
