import { ApiProperty } from '@nestjs/swagger';

export class FieldProblemDto {
  @ApiProperty({ type: String, description: 'Path of the field; empty: the body as a whole.' }) field!: string;
  @ApiProperty({ type: String }) message!: string;
}

export class ProblemDto {
  @ApiProperty({ type: String }) type!: string;
  @ApiProperty({ type: String }) title!: string;
  @ApiProperty({ type: Number }) status!: number;
  @ApiProperty({ type: String, description: 'Stable; what a program may act on.' }) code!: string;
  @ApiProperty({ type: String, required: false }) detail?: string;
  @ApiProperty({ type: [FieldProblemDto], required: false }) fields?: FieldProblemDto[];
}
