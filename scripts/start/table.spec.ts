import { renderTable } from './table.ts';

it('renders columns as wide as their widest cell', () => {
  expect(
    renderTable(
      ['A', 'LONG'],
      [
        ['xyz', '1'],
        ['', '22'],
      ],
    ),
  ).toBe('A    LONG\nxyz  1\n     22');
});
