import { ApiProperty } from '@nestjs/swagger';
import { Text } from '../input/fields.ts';

export class WriteSecretBody {
  @Text({ min: 1, max: 65_536, says: 'Written, never read back.' }) value!: string;
}

export class SecretResource {
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: Number, description: "The resource's version, for If-Match." }) version!: number;
  @ApiProperty({ type: Number, description: 'How often a value was written.' }) currentVersion!: number;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
  @ApiProperty({ type: [String], description: 'Names of services whose latest or running revision uses it.' })
  usedBy!: string[];
}

export class WrittenSecret extends SecretResource {
  @ApiProperty({ type: Number }) position!: number;
}
