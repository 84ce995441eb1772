import { ApiProperty } from '@nestjs/swagger';
import { Text, WholeInQuery } from '../input/fields.ts';
import { LIMIT, ReadQuery } from '../input/read-query.ts';

export class EventQuery extends ReadQuery {
  @WholeInQuery({ min: 0, max: Number.MAX_SAFE_INTEGER, byDefault: 0, says: 'Only events behind this position.' })
  after?: number;
  @Text({
    max: 200,
    pattern: /^[a-z_]+\/[!-~]+$/,
    form: 'a stream: noun/id',
    optional: true,
    says: 'Only events of this stream.',
  })
  stream?: string;
  @WholeInQuery(LIMIT) limit?: number;
}

export class EventResource {
  @ApiProperty({ type: Number }) position!: number;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: String }) stream!: string;
  @ApiProperty({ type: Number }) version!: number;
  @ApiProperty({ type: String }) type!: string;
  @ApiProperty({ type: String }) actor!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The request or the fact that it followed from.' })
  because!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) data!: object;
  @ApiProperty({ type: String, description: 'What an operator reads.' }) text!: string;
}

export class EventList {
  @ApiProperty({ type: [EventResource] }) items!: EventResource[];
  @ApiProperty({ type: String, nullable: true, description: "The next page's `after`; null: this was the last." })
  next!: string | null;
}
