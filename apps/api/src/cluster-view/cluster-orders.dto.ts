import { ApiProperty } from '@nestjs/swagger';
import { Written } from '../reading/permit.dto.ts';

export class AdoptedResource {
  @ApiProperty({ type: String }) deploymentId!: string;
  @ApiProperty({ type: String }) serverId!: string;
  @ApiProperty({ type: String }) serviceId!: string;
  @ApiProperty({ type: Number, nullable: true }) revision!: number | null;
  @ApiProperty({ type: String }) address!: string;
}

export class LeftResource {
  @ApiProperty({ type: String }) deploymentId!: string;
  @ApiProperty({ type: String }) serverId!: string;
  @ApiProperty({ type: String, description: 'Why it was not adopted. It stays until stop-unknown.' }) reason!: string;
}

export class AdoptionResource extends Written {
  @ApiProperty({ type: [AdoptedResource] }) adopted!: AdoptedResource[];
  @ApiProperty({ type: [LeftResource] }) left!: LeftResource[];
}
