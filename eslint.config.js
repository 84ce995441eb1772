/**
 * The law of STYLE.md as errors. What Nx cannot see (node:* in pure code, cycles of types) is in .dependency-cruiser.cjs,
 * what no linter sees (how long files are on the whole) in scripts/lint.ts.
 */
import nx from '@nx/eslint-plugin';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { kebabCaseFile } from './scripts/eslint/kebab-case-file.ts';
import { depConstraints } from './scripts/eslint/module-boundaries.ts';

const tests = ['**/*.spec.ts', '**/*.e2e.ts', 'e2e/**/*.ts', '**/testing/**/*.ts'];
const outsideTheProduct = ['tools/**/*.ts', 'scripts/**/*.ts', 'packaging/**/*.ts', ...tests];

const useThePort = 'Time, timers and randomness come through libs/ports, so that the simulator can run this code.';

const sizes = {
  'max-lines': ['error', 400],
  'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
  'max-params': ['error', 5],
  'max-depth': ['error', 3],
  complexity: ['error', { max: 10, variant: 'modified' }],
};

const types = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/ban-ts-comment': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
  '@typescript-eslint/consistent-type-imports': 'error',
};

const imports = {
  'import-x/no-duplicates': 'error',
  'import-x/no-mutable-exports': 'error',
  'import-x/no-self-import': 'error',
  'import-x/first': 'error',
  '@nx/enforce-module-boundaries': ['error', { depConstraints, enforceBuildableLibDependency: false, allow: [] }],
};

const manners = {
  'prefer-const': 'error',
  'no-var': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-debugger': 'error',
  'techulus/kebab-case-file': 'error',
  'no-restricted-syntax': [
    'error',
    { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
    { selector: 'TSEnumDeclaration', message: 'A union of strings instead.' },
  ],
};

/** Only the argument-less `new Date()` reads the clock; `new Date(value)` parses. */
const ports = {
  'no-restricted-globals': [
    'error',
    ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({ name, message: useThePort })),
  ],
  'no-restricted-properties': [
    'error',
    ...['Date.now', 'Math.random', 'performance.now', 'globalThis.setTimeout', 'globalThis.setInterval'].map((path) => {
      const [object, property] = path.split('.');
      return { object, property, message: useThePort };
    }),
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: ['timers', 'node:timers', 'timers/promises', 'node:timers/promises', 'node:perf_hooks'].map((name) => ({
        name,
        message: useThePort,
      })),
    },
  ],
  'no-restricted-syntax': [
    ...manners['no-restricted-syntax'],
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useThePort },
    { selector: "CallExpression[callee.name='Date']", message: useThePort },
  ],
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.lab/**',
      '.lab-test/**',
      '.state/**',
      'libs/api-client/src/generated/**',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: {
      '@typescript-eslint': tseslint.plugin,
      '@nx': nx,
      'import-x': importX,
      techulus: { rules: { 'kebab-case-file': kebabCaseFile } },
    },
    rules: { ...sizes, ...types, ...imports, ...manners },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: [...outsideTheProduct, '**/system-*.ts'],
    rules: ports,
  },
  { files: tests, rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' } },
  // Jest calls the default export of its setup files.
  { files: ['scripts/jest/*.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
