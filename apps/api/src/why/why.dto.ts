import { ApiProperty } from '@nestjs/swagger';
import { WaitingForResource } from '../deployments/deployment.dto.ts';

export const WHY_KINDS = ['project', 'server', 'service', 'rollout', 'deployment', 'secret', 'registry'] as const;
export type WhyKind = (typeof WHY_KINDS)[number];

export class CauseResource {
  @ApiProperty({ type: Number }) position!: number;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: String }) type!: string;
  @ApiProperty({ type: String }) stream!: string;
  @ApiProperty({ type: String }) actor!: string;
  @ApiProperty({ type: String }) text!: string;
}

export class WhyResource {
  @ApiProperty({ type: String }) summary!: string;
  @ApiProperty({ type: [CauseResource], description: 'Newest first.' }) chain!: CauseResource[];
  @ApiProperty({ type: [WaitingForResource] }) waitingFor!: WaitingForResource[];
}
