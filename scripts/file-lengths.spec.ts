import { quantileProblems } from './file-lengths.ts';

const files = (...lines: number[]) => lines.map((count, index) => ({ name: `f${index}.ts`, lines: count }));

describe('file lengths', () => {
  it('accepts a few long files among short ones', () => {
    expect(quantileProblems(files(10, 20, 60, 80, 80, 70, 30, 40, 50, 20, 390))).toEqual([]);
  });

  it('names the file that stands at the median', () => {
    expect(quantileProblems(files(10, 90, 91))).toEqual([
      '50 % of the files should have at most 80 lines; f1.ts stands there with 90',
    ]);
  });

  it('says nothing of an empty tree', () => {
    expect(quantileProblems([])).toEqual([]);
  });
});
