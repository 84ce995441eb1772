const limits = [
  { share: 0.5, lines: 80 },
  { share: 0.9, lines: 250 },
];

/** Small files are a habit, not a limit: the median and the ninth decile say whether it is kept. */
export function quantileProblems(files: readonly { name: string; lines: number }[]): string[] {
  const sorted = files.toSorted((a, b) => a.lines - b.lines);
  return limits.flatMap(({ share, lines }) => {
    const at = sorted[Math.floor(share * (sorted.length - 1))];
    if (at === undefined || at.lines <= lines) return [];
    return [
      `${share * 100} % of the files should have at most ${lines} lines; ${at.name} stands there with ${at.lines}`,
    ];
  });
}
