import type { Rollout } from '@techulus/domain';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'rollouts' })
export class RolloutRow {
  @PrimaryKey({ type: 'text' }) id!: string;
  @Property({ type: 'text' }) serviceId!: string;
  @Property({ type: 'text' }) status!: string;
  @Property({ type: 'json' }) state!: Rollout;
}
