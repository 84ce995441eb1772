/**
 * Writes openapi.json from the control plane's own classes, and the client from it. With `--check` nothing is written, and
 * a difference to what is committed is an error: documentation that was not regenerated is wrong.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { differences } from './openapi/differences.ts';
import { generateClient, generateDocument } from './openapi/generate.ts';

const document = 'apps/api/openapi.json';
const client = 'libs/api-client/src/generated';

const fresh = mkdtempSync(join(tmpdir(), 'techulus-openapi-'));
try {
  mkdirSync(join(fresh, dirname(document)), { recursive: true });
  await generateDocument(join(fresh, document));
  await generateClient(join(fresh, document), join(fresh, client));
  if (process.argv.includes('--check')) {
    const different = [document, client].flatMap((path) => differences(join(fresh, path), path));
    for (const path of different)
      console.error(`${path} is not what the code says: run \`npm run openapi\` and commit it`);
    process.exitCode = different.length === 0 ? 0 : 1;
  } else {
    rmSync(client, { recursive: true, force: true });
    mkdirSync(client, { recursive: true });
    cpSync(join(fresh, client), client, { recursive: true });
    cpSync(join(fresh, document), document);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true });
}
