import { ApiProperty } from '@nestjs/swagger';
import { OneOf, Text, Whole } from '../input/fields.ts';
import { ListQuery } from '../input/read-query.ts';
import { DeploymentResource, WaitingForResource } from '../deployments/deployment.dto.ts';
import { Permit } from '../reading/permit.dto.ts';

export const ROLLOUT_STATUSES = [
  'pending',
  'in_progress',
  'succeeded',
  'failed',
  'rolled_back',
  'cancelled',
  'superseded',
] as const;
export type RolloutStatusName = (typeof ROLLOUT_STATUSES)[number];

export class StartRolloutBody {
  @Whole({ min: 1, max: 1_000_000_000, optional: true, says: 'The newest by default; an older one goes back to it.' })
  revision?: number;
}

export class RolloutQuery extends ListQuery {
  @Text({ max: 64, optional: true, says: 'Id of a service.' }) service?: string;
  @OneOf(ROLLOUT_STATUSES, { optional: true }) status?: RolloutStatusName;
}

class RolloutReason {
  @ApiProperty({ type: String, description: 'Stable.' }) code!: string;
  @ApiProperty({ type: String }) message!: string;
  @ApiProperty({ type: String, nullable: true }) deploymentId!: string | null;
}

class RolloutCan {
  @ApiProperty({ type: Permit }) cancel!: Permit;
}

export class RolloutResource {
  @ApiProperty({ type: String }) id!: string;
  @ApiProperty({ type: Number }) version!: number;
  @ApiProperty({ type: String }) serviceId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null where the service is gone.' }) serviceName!:
    | string
    | null;
  @ApiProperty({ type: Number }) revision!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Null: nothing ran before.' }) fromRevision!: number | null;
  @ApiProperty({ type: String, enum: [...ROLLOUT_STATUSES] }) status!: RolloutStatusName;
  @ApiProperty({ type: String, enum: ['forward', 'back'] }) direction!: 'forward' | 'back';
  @ApiProperty({ type: RolloutReason, nullable: true, description: 'Why it went back or ended.' })
  reason!: RolloutReason | null;
  @ApiProperty({ type: Number, description: 'The batch that moves, from 1; 0 before the first.' }) batch!: number;
  @ApiProperty({ type: [String], description: 'Old deployments that this batch replaces.' }) replaces!: string[];
  @ApiProperty({ type: String, format: 'date-time' }) requestedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) endedAt!: string | null;
  @ApiProperty({ type: [DeploymentResource], description: 'What it made, with stage and what each waits for.' })
  deployments!: DeploymentResource[];
  @ApiProperty({ type: [WaitingForResource] }) waitingFor!: WaitingForResource[];
  @ApiProperty({ type: RolloutCan }) can!: RolloutCan;
}

export class WrittenRollout extends RolloutResource {
  @ApiProperty({ type: Number }) position!: number;
}
