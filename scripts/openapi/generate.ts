import { writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createClient } from '@hey-api/openapi-ts';
import { build } from 'esbuild';
import { danglingRefs } from './dangling-refs.ts';
import { openapiBundle } from '../build/bundles.ts';

/** The entry prints the document; it is bundled first because Node's type stripping knows no decorators. */
export async function generateDocument(path: string): Promise<void> {
  await build(openapiBundle);
  const printed = execFileSync('node', [openapiBundle.outfile], {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const document: object = JSON.parse(printed);
  const dangling = danglingRefs(document);
  if (dangling.length > 0)
    throw new Error(`the document refers to schemas it does not define: "${dangling.join('", "')}"`);
  writeFileSync(path, `${JSON.stringify(document, undefined, 2)}\n`);
}

export async function generateClient(document: string, folder: string): Promise<void> {
  await createClient({
    input: document,
    output: { path: folder, module: { extension: '.ts' } },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'silent', file: false },
  });
}
