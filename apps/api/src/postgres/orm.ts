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

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'techulus-migrate' });
  await client.connect().catch((error: unknown) => {
    throw new Error(`the database at ${placeOf(url)} cannot be reached: ${reasonOf(error)}`, { cause: error });
  });
  return client;
}

/** Before anything else uses the database: one line that says so when it is not there. */
export async function requireDatabase(url: string): Promise<void> {
  const client = await connect(url);
  await client.end();
}

export async function migrate(orm: Orm, url: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await orm.migrator.up();
  } finally {
    await client.end();
  }
}

/** Never with the password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'DATABASE_URL (which is not a URL)';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Several addresses of one name fail together, in an error without words. */
function reasonOf(error: unknown): string {
  const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
}
