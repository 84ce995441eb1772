import type { Deployment } from '@techulus/domain';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** Kept when the fold has forgotten it: the history. */
@Entity({ tableName: 'deployments' })
export class DeploymentRow {
  @PrimaryKey({ type: 'text' }) id!: string;
  @Property({ type: 'text' }) serviceId!: string;
  @Property({ type: 'text' }) serverId!: string;
  @Property({ type: 'text', nullable: true }) rolloutId!: string | null;
  @Property({ type: 'text' }) stage!: string;
  /** What its container wrote last when it failed or kept ending. */
  @Property({ type: 'json' }) lastLogLines!: string[];
  @Property({ type: 'json' }) state!: Deployment;
}
