import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Edit } from './mutants.ts';

/** Makes the edits on the way into the bundle; one whose text is not found exactly once fails the build. */
export function mutate(edits: readonly Edit[]): Plugin {
  return {
    name: 'mutate',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = edits.filter(({ file }) => relative(process.cwd(), path) === file);
        if (own.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const { file, find, put } of own) {
          if (contents.split(find).length !== 2)
            return { errors: [{ text: `${file} has not exactly one "${find}": the mutant needs another line` }] };
          contents = contents.replace(find, () => put);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
