import { ApiProperty } from '@nestjs/swagger';
import { Text } from '../input/fields.ts';
import { Permit } from '../reading/permit.dto.ts';

const NAME = {
  min: 1,
  max: 63,
  pattern: /^[a-zA-Z0-9]([a-zA-Z0-9 ._-]*[a-zA-Z0-9])?$/,
  form: 'letters and digits, with spaces, . _ or - between them',
};

export class CreateProject {
  @Text(NAME) name!: string;
}

export class ChangeProject {
  @Text({ ...NAME, optional: true }) name?: string;
}

class ProjectCan {
  @ApiProperty({ type: Permit }) rename!: Permit;
  @ApiProperty({ type: Permit }) delete!: Permit;
}

export class ProjectResource {
  @ApiProperty({ type: String }) id!: string;
  @ApiProperty({ type: Number }) version!: number;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: Number, description: 'How many services it has.' }) services!: number;
  @ApiProperty({ type: ProjectCan }) can!: ProjectCan;
}

export class WrittenProject extends ProjectResource {
  @ApiProperty({ type: Number }) position!: number;
}
