/**
 * One PostgreSQL for a run of the `*.int.spec.ts` files: data in a folder of its own, no durability, gone with the run. Each
 * test file makes its own database in the server that TEST_DATABASE_URL names.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { startEmbeddedPostgres } from '@techulus/event-store';

const careless = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** Jest runs setup and teardown in one process, but gives them no common value. */
export const stopping: { stop: () => Promise<void> } = { stop: () => Promise.resolve() };

export default async function startPostgres(): Promise<void> {
  const directory = mkdtempSync('/var/tmp/techulus-test-postgres-');
  const postgres = await startEmbeddedPostgres({ directory, settings: careless });
  process.env['TEST_DATABASE_URL'] = postgres.url;
  stopping.stop = async () => {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
