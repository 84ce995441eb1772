import { ApiProperty } from '@nestjs/swagger';
import { DNS_LABEL } from '@techulus/contract';
import { OneOf, Text, TextMap } from '../input/fields.ts';
import { ReadQuery } from '../input/read-query.ts';

const NAME = { max: 63, pattern: DNS_LABEL, form: 'a DNS label: lower-case letters, digits and hyphens, at most 63' };
const LABELS = {
  key: /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/,
  keyForm: 'letters and digits, with . _ / or - between them',
  value: { max: 63, pattern: /^[A-Za-z0-9._/-]*$/, form: 'letters, digits, . _ / and -' },
  maxKeys: 64,
  optional: true,
};

export class CreateServerBody {
  @Text({ ...NAME, says: 'Unique among the servers.' }) name!: string;
  @OneOf(['proxy', 'worker'], { says: 'A proxy takes public traffic too; set for good.' }) role!: 'proxy' | 'worker';
  @TextMap({ ...LABELS, byDefault: {} }) labels?: Record<string, string>;
}

export class ChangeServerBody {
  @Text({ ...NAME, optional: true }) name?: string;
  @TextMap({ ...LABELS, says: 'Replaces all labels.' }) labels?: Record<string, string>;
}

export class RemoveServerQuery extends ReadQuery {
  @OneOf(['true', 'false'], { optional: true, says: 'At once, without a drain; what ran there counts as gone.' })
  force?: 'true' | 'false';
}

/** What an operator runs on the machine; shown once. */
export class RegistrationResource {
  @ApiProperty({ type: String, description: 'Works once, for 24 hours; stored as a hash only.' })
  registrationToken!: string;
  @ApiProperty({ type: String, description: 'The line to run as root on the machine.' }) installLine!: string;
  @ApiProperty({ type: String, format: 'date-time' }) expiresAt!: string;
}
