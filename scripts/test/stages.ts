/** What `npm test` runs, cheapest first. A check counts as one test; a Jest stage counts its tests. */
export interface Stage {
  readonly name: string;
  readonly kind: 'check' | 'jest';
  readonly program: string;
  readonly args: readonly string[];
  /** Long ones show their lines as they come, so that one can see them move. */
  readonly live?: boolean;
}

function check(name: string, program: string, ...args: string[]): Stage {
  return { name, kind: 'check', program, args };
}

function jest(name: string, project: string, ...args: string[]): Stage {
  const program = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  return { name, kind: 'jest', program: 'node', args: [...program, '--ci', '--selectProjects', project, ...args] };
}

export const stages: readonly Stage[] = [
  // A workspace that the lock does not name installs here, and in nobody's clean clone.
  check('lock file', 'npm', 'ci', '--dry-run', '--no-audit', '--no-fund', '--loglevel=error'),
  check('format', 'oxfmt', '--check'),
  check('lint', 'node', 'scripts/lint.ts'),
  check('types', 'tsc', '-p', '.'),
  jest('unit', 'unit'),
  jest('simulation', 'sim'),
  jest('integration', 'int'),
  check('openapi', 'node', 'scripts/openapi.ts', '--check'),
  check('build', 'node', 'scripts/build.ts', '--deb'),
  { ...jest('end-to-end', 'e2e', '--runInBand', '--verbose'), live: true },
];
