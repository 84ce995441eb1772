import { Migration } from '@mikro-orm/migrations';

/**
 * Gaps in positions cannot be: they are counted under the log's lock, not drawn from a sequence. `rows` is rewritten all
 * the time (presence), so its pages keep room for the new version beside the old one.
 */
export class EventLog extends Migration {
  override name = '0001-event-log';

  override up(): void {
    this.addSql(`create table events (
      position bigint primary key,
      stream text not null,
      version integer not null,
      type text not null,
      schema integer not null,
      data jsonb not null,
      meta jsonb not null,
      at timestamptz(3) not null,
      hash text not null,
      unique (stream, version))`);
    this.addSql(`create table claims (kind text, key text, stream text not null, primary key (kind, key))`);
    this.addSql(`create table "rows" (kind text, key text, value jsonb not null, primary key (kind, key))
      with (fillfactor = 50)`);
    this.addSql(
      `create table log (only_row boolean primary key default true check (only_row), epoch integer not null)`,
    );
    this.addSql(`insert into log (epoch) values (1)`);
  }

  override down(): void {
    for (const table of ['log', '"rows"', 'claims', 'events']) this.addSql(`drop table ${table}`);
  }
}

/** For MikroORM's `migrations.migrationsList`; the names are given, because a bundle may rename classes. */
export const eventStoreMigrations = [{ name: '0001-event-log', class: EventLog }];
