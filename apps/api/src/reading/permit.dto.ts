import { ApiProperty } from '@nestjs/swagger';

export class Permit {
  @ApiProperty({ type: Boolean }) allowed!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Why not; null when allowed.' }) reason!: string | null;
}

/** What a write answers where no resource is left to show. */
export class Written {
  @ApiProperty({ type: Number, description: 'Reads that ask for this position see it.' }) position!: number;
}
