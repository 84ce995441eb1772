import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { entities } from './entities.ts';
import { migrations } from './migrations.ts';

export type Orm = MikroORM;

const POOL = { min: 1, max: 20 };
/** Any constant: processes that start together migrate one after the other. */
const MIGRATION_LOCK = 7_480_002;

export function openOrm(url: string): Promise<Orm> {
  return MikroORM.init({
    clientUrl: url,
    entities: [...entities],
    metadataProvider: ReflectMetadataProvider,
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
    pool: POOL,
    ensureDatabase: false,
  });
}

export async function migrate(orm: Orm, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'techulus-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await orm.migrator.up();
  } finally {
    await client.end();
  }
}
