import { Migration } from '@mikro-orm/migrations';

/** Lists page by id, which rises with time; filters come first in their index. `state` is the entity as its last event left it. */
export class ReadModelTables extends Migration {
  override name = '0003-read-model-tables';

  override up(): void {
    this.addSql(`create table projects (id text primary key, name text not null, deleted boolean not null)`);
    this.addSql(
      `create table servers (id text primary key, name text not null, role text not null, removed boolean not null)`,
    );
    this.addSql(`create table services (id text primary key, project_id text not null, name text not null,
      deleted boolean not null)`);
    this.addSql(`create table revisions (id text primary key, service_id text not null, number integer not null,
      created_at double precision not null, spec jsonb not null)`);
    this.addSql(`create table rollouts (id text primary key, service_id text not null, status text not null,
      state jsonb not null)`);
    this.addSql(`create table deployments (id text primary key, service_id text not null, server_id text not null,
      rollout_id text, stage text not null, last_log_lines jsonb not null, state jsonb not null)`);
    this.addSql(`create index on services (project_id, id)`);
    this.addSql(`create index on revisions (service_id, number)`);
    this.addSql(`create index on rollouts (service_id, id)`);
    for (const column of ['service_id', 'server_id', 'rollout_id', 'stage']) {
      this.addSql(`create index on deployments (${column}, id)`);
    }
  }

  override down(): void {
    const tables = ['projects', 'servers', 'services', 'revisions', 'rollouts', 'deployments'];
    for (const table of tables) this.addSql(`drop table ${table}`);
  }
}

/** The names are given, because a bundle may rename classes. */
export const readModelMigrations = [{ name: '0003-read-model-tables', class: ReadModelTables }];
