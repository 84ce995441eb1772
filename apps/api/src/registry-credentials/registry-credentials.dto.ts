import { ApiProperty } from '@nestjs/swagger';
import { Flag, Text } from '../input/fields.ts';

export class WriteRegistryCredentialsBody {
  @Text({ min: 1, max: 256, optional: true, nullable: true }) username?: string | null;
  @Text({ min: 1, max: 8192, optional: true, nullable: true, says: 'Written, never read back.' }) password?:
    | string
    | null;
  @Flag({ optional: true, byDefault: false, says: 'The registry is reached without TLS.' }) plainHttp?: boolean;
  @Text({
    max: 65_536,
    pattern: /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]+-----END CERTIFICATE-----\s*$/,
    form: 'certificates in PEM',
    optional: true,
    nullable: true,
    says: "Authorities that signed the registry's certificate.",
  })
  caPem?: string | null;
}

export class RegistryCredentialsResource {
  @ApiProperty({ type: String }) host!: string;
  @ApiProperty({ type: Number, description: "The resource's version, for If-Match." }) version!: number;
  @ApiProperty({ type: String, nullable: true }) username!: string | null;
  @ApiProperty({ type: Boolean }) plainHttp!: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class WrittenRegistryCredentials extends RegistryCredentialsResource {
  @ApiProperty({ type: Number }) position!: number;
}
