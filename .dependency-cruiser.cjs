/**
 * What ESLint does not see: node:* in pure code (Nx looks at packages only), and cycles, those of types included.
 */
const pure = '^libs/(domain|expected-state|reconcile|contract)/src/';
const spec = '\\.(spec|e2e)\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A circle has no first room to read.',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { circular: true },
    },
    {
      name: 'pure-without-node',
      comment: 'Time, ids and the hash function are arguments, so that a fold gives the same answer everywhere.',
      severity: 'error',
      from: { path: pure, pathNot: spec },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-without-packages',
      severity: 'error',
      from: { path: pure, pathNot: spec },
      to: { path: 'node_modules/', pathNot: '^node_modules/(class-validator|class-transformer)/' },
    },
    {
      name: 'only-the-contract-validates',
      severity: 'error',
      from: { path: pure, pathNot: [spec, '^libs/contract/'] },
      to: { path: '^node_modules/(class-validator|class-transformer)/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.lab|\\.state)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
