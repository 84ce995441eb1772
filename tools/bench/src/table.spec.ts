import { figure, isMet, rowOf } from './row.ts';
import { median, quantile } from './statistics.ts';
import { renderTable } from './table.ts';

describe('a row', () => {
  it.each([
    [0.8, '≥', 0.8, true],
    [0.7999, '≥', 0.8, false],
    [5, '≤', 5, true],
    [5.001, '≤', 5, false],
    [200, '<', 200, false],
    [Number.NaN, '≥', 0, false],
    [Number.NaN, '<', 1, false],
  ] as const)('%d %s %d is met: %s', (value, is, than, met) => {
    expect(isMet(value, { is, than })).toBe(met);
  });

  it('is written with the figure itself, not with the rounded one', () => {
    const measured = { name: 'a', value: 0.79999, unit: 'of b', aim: { is: '≥', than: 0.8 }, note: 'n' } as const;
    expect(rowOf(measured)).toEqual({ name: 'a', value: 0.79999, unit: 'of b', aim: '≥ 0.8', met: false });
  });

  it.each([
    [0.012345, '0.0123'],
    [99.99, '100'],
    [1234567.8, '1,234,568'],
    [12, '12'],
    [Number.NaN, '–'],
  ])('%d reads as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

it('the table says what was missed, and numbers its notes', () => {
  const table = renderTable([
    { name: 'polls', value: 0.9, unit: 'of bare', aim: { is: '≥', than: 0.8 } },
    { name: 'memory', value: 250.4, unit: 'MB', aim: { is: '<', than: 200 }, note: 'after an hour' },
  ]);
  expect(table).toBe(
    [
      '| what       | value | unit    | aim   | met |',
      '| ---------- | ----- | ------- | ----- | --- |',
      '| polls      |   0.9 | of bare | ≥ 0.8 | yes |',
      '| memory [1] |   250 | MB      | < 200 | NO  |',
      '',
      '[1] after an hour',
    ].join('\n'),
  );
});

it('a quantile is one of the values, a median may lie between two', () => {
  const values = [5, 1, 4, 2];
  expect([quantile(values, 0.99), quantile(values, 0.5), quantile(values, 0), median(values)]).toEqual([5, 2, 1, 3]);
});
