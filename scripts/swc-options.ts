/**
 * How decorators become JavaScript: one answer for Jest and for the bundles, because neither esbuild nor Node's own type
 * stripping writes the metadata that Nest's injection, class-validator and MikroORM read.
 */
import type { Options } from '@swc/core';

export const swcOptions = {
  swcrc: false,
  configFile: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
  },
} satisfies Options;
