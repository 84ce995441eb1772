import { ApiProperty } from '@nestjs/swagger';

class GenerationResource {
  @ApiProperty({ type: Number }) epoch!: number;
  @ApiProperty({ type: Number, description: 'Of the last event that changed the section.' }) position!: number;
  @ApiProperty({ type: Number }) renderer!: number;
}

class SectionResource {
  @ApiProperty({ type: GenerationResource }) generation!: GenerationResource;
  @ApiProperty({ type: String }) hash!: string;
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } }) parts!: object[];
}

class SectionsResource {
  @ApiProperty({ type: SectionResource }) containers!: SectionResource;
  @ApiProperty({ type: SectionResource }) dns!: SectionResource;
  @ApiProperty({ type: SectionResource }) traefik!: SectionResource;
  @ApiProperty({ type: SectionResource }) wireguard!: SectionResource;
}

/** What the server's agent would be sent now, without the sealed values. */
export class ExpectedStateResource {
  @ApiProperty({ type: String }) serverId!: string;
  @ApiProperty({ type: Number }) position!: number;
  @ApiProperty({ type: Number }) epoch!: number;
  @ApiProperty({ type: SectionsResource }) sections!: SectionsResource;
}
