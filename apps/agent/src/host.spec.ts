import { isDiskPressure, memory, osName } from './host.ts';

describe('facts of the machine', () => {
  it('are read as the kernel and the distribution write them', () => {
    expect(memory('MemTotal:       24689424 kB\nMemFree:         1 kB\nMemAvailable:   20480000 kB\n')).toEqual({
      total: 24110,
      available: 20000,
    });
    expect(osName('NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    );
  });

  it.each([
    [100_000, 6_000, false],
    [100_000, 4_000, true],
    [2_000, 600, false],
    [2_000, 400, true],
    [64, 20, false],
    [64, 8, true],
  ])('disk pressure: of %i MiB %i are free', (total, free, expected) => {
    expect(isDiskPressure(total, free)).toBe(expected);
  });
});
