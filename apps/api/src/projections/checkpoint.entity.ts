import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** How far the read models have been written. */
@Entity({ tableName: 'projection_checkpoint' })
export class ProjectionCheckpoint {
  @PrimaryKey({ type: 'text' }) name!: string;
  @Property({ type: 'double' }) position!: number;
}
