import { Migration } from '@mikro-orm/migrations';
import { eventStoreMigrations } from '@techulus/event-store';
import { readModelMigrations } from '../projections/migrations.ts';

class ReadModels extends Migration {
  override name = '0002-read-models';

  override up(): void {
    this.addSql('create table projection_checkpoint (name text primary key, position double precision not null)');
  }

  override down(): void {
    this.addSql('drop table projection_checkpoint');
  }
}

/** In the order they run; names are given, because a bundle may rename classes. */
export const migrations = [
  ...eventStoreMigrations,
  { name: '0002-read-models', class: ReadModels },
  ...readModelMigrations,
];
