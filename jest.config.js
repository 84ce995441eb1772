import { swcOptions } from './scripts/swc-options.ts';

const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', swcOptions] },
  modulePathIgnorePatterns: ['/dist/', '/\\.lab[^/]*/', '/\\.state/'],
  setupFiles: ['reflect-metadata'],
};

/** A test's suffix says what it costs: pure, minutes of simulated stories, a PostgreSQL, or real nodes. */
export default {
  testTimeout: 15_000,
  testSequencer: '<rootDir>/scripts/jest/in-order.ts',
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,tools,scripts,packaging}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(int|sim)\\.spec\\.ts$'],
    },
    { ...base, displayName: 'sim', testMatch: ['<rootDir>/scripts/**/*.sim.spec.ts'] },
    {
      ...base,
      displayName: 'int',
      testMatch: ['<rootDir>/{apps,libs,tools}/**/*.int.spec.ts'],
      globalSetup: '<rootDir>/scripts/jest/start-postgres.ts',
      globalTeardown: '<rootDir>/scripts/jest/stop-postgres.ts',
    },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
      setupFilesAfterEnv: ['<rootDir>/e2e/support/patience.ts'],
      globalSetup: '<rootDir>/scripts/jest/start-lab.ts',
      globalTeardown: '<rootDir>/scripts/jest/stop-lab.ts',
    },
  ],
};
