import { readFile } from 'node:fs/promises';
import { transform } from '@swc/core';
import type { Plugin } from 'esbuild';
import { swcOptions } from '../swc-options.ts';

const decorated = /^\s*@[A-Z]\w*\(/m;

/** esbuild writes no decorator metadata, so files with decorators go through swc; all others keep the fast way. */
export const decorators: Plugin = {
  name: 'decorators',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const source = await readFile(path, 'utf8');
      if (!decorated.test(source)) return undefined;
      const { code } = await transform(source, { ...swcOptions, filename: path });
      return { contents: code, loader: 'js' };
    });
  },
};

/** An empty module in place of packages that are loaded at the start and never called. */
export function leaveOut(packages: readonly string[]): Plugin {
  const filter = new RegExp(`^(${packages.map((name) => name.replaceAll('/', '\\/')).join('|')})(/|$)`);
  return {
    name: 'leave-out',
    setup(build) {
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
      build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    },
  };
}
