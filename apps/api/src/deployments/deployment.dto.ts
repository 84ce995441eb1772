import { ApiProperty } from '@nestjs/swagger';
import { STAGES } from '@techulus/domain';
import { OneOf, Text } from '../input/fields.ts';
import { ListQuery } from '../input/read-query.ts';

export const SHOWN_STAGES = [...STAGES, 'unknown', 'stopped', 'failed', 'rolled_back'] as const;
export type ShownStage = (typeof SHOWN_STAGES)[number];

export class DeploymentQuery extends ListQuery {
  @Text({ max: 64, optional: true, says: 'Id of a service.' }) service?: string;
  @Text({ max: 64, optional: true, says: 'Id of a server.' }) server?: string;
  @OneOf(SHOWN_STAGES, { optional: true }) stage?: ShownStage;
}

export class WaitingForResource {
  @ApiProperty({ type: String, enum: ['ack', 'server', 'image', 'health', 'replaced', 'drain', 'stop', 'batch'] })
  what!: string;
  @ApiProperty({ type: String, nullable: true, enum: ['containers', 'dns', 'traefik', 'wireguard'] }) section!:
    | string
    | null;
  @ApiProperty({ type: String, nullable: true }) serverId!: string | null;
  @ApiProperty({ type: String, nullable: true }) serverName!: string | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: "Position of the section's generation that must be reached.",
  })
  wanted!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Position of the generation that is held.' }) held!:
    | number
    | null;
  @ApiProperty({ type: String }) text!: string;
}

class LeavingResource {
  @ApiProperty({ type: String, enum: ['replaced', 'scale', 'drain', 'deleted', 'rolled_back', 'failed', 'lost'] })
  reason!: string;
  @ApiProperty({ type: String, format: 'date-time' }) since!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) drainingSince!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) stopRequestedAt!: string | null;
  @ApiProperty({ type: [WaitingForResource] }) waitingFor!: WaitingForResource[];
}

class FailureResource {
  @ApiProperty({ type: String, description: 'Stable.' }) code!: string;
  @ApiProperty({ type: String }) message!: string;
  @ApiProperty({ type: Number, nullable: true }) exitCode!: number | null;
}

export class DeploymentResource {
  @ApiProperty({ type: String }) id!: string;
  @ApiProperty({ type: Number }) version!: number;
  @ApiProperty({ type: String }) serviceId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null where the service is gone.' }) serviceName!:
    | string
    | null;
  @ApiProperty({ type: String }) serverId!: string;
  @ApiProperty({ type: String, nullable: true }) serverName!: string | null;
  @ApiProperty({ type: Number }) revision!: number;
  @ApiProperty({ type: String }) address!: string;
  @ApiProperty({ type: String, nullable: true }) rolloutId!: string | null;
  @ApiProperty({ type: Number, nullable: true }) batch!: number | null;
  @ApiProperty({ type: String, enum: ['rollout', 'scale', 'drain', 'replacement', 'adopted'] }) because!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The deployment whose place it takes.' }) replaces!:
    | string
    | null;
  @ApiProperty({ type: String, enum: [...SHOWN_STAGES], description: '`unknown`: its server is offline.' })
  stage!: ShownStage;
  @ApiProperty({ type: String, format: 'date-time' }) stageSince!: string;
  @ApiProperty({ type: [WaitingForResource] }) waitingFor!: WaitingForResource[];
  @ApiProperty({ type: String, enum: ['starting', 'healthy', 'unhealthy'] }) health!: string;
  @ApiProperty({ type: String, nullable: true }) healthMessage!: string | null;
  @ApiProperty({ type: Number }) restarts!: number;
  @ApiProperty({ type: Boolean }) crashLooping!: boolean;
  @ApiProperty({ type: LeavingResource, nullable: true }) leaving!: LeavingResource | null;
  @ApiProperty({ type: FailureResource, nullable: true, description: 'Why it failed.' })
  reason!: FailureResource | null;
  @ApiProperty({ type: [String], description: 'What its container wrote last when it failed or kept ending.' })
  lastLogLines!: string[];
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}
