import type { RevisionSpec } from '@techulus/domain';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'services' })
export class ServiceRow {
  @PrimaryKey({ type: 'text' }) id!: string;
  @Property({ type: 'text' }) projectId!: string;
  @Property({ type: 'text' }) name!: string;
  @Property({ type: 'boolean' }) deleted!: boolean;
}

@Entity({ tableName: 'revisions' })
export class RevisionRow {
  /** Service and number, so that a page can be asked for. */
  @PrimaryKey({ type: 'text' }) id!: string;
  @Property({ type: 'text' }) serviceId!: string;
  @Property({ type: 'integer' }) number!: number;
  @Property({ type: 'double' }) createdAt!: number;
  @Property({ type: 'json' }) spec!: RevisionSpec;
}
