import { IsArray, IsInt, IsOptional, IsString } from 'class-validator';

/** An error answer (RFC 9457, `application/problem+json`). `code` is stable; `detail` is for people. */
export class Problem {
  @IsString() type!: string;
  @IsString() title!: string;
  @IsInt() status!: number;
  @IsString() code!: string;
  @IsOptional() @IsString() detail?: string;
  /** The fields that were refused, with why. */
  @IsOptional() @IsArray() fields?: { field: string; message: string }[];
  /** With `timestamp_stale`: the control plane's time, milliseconds. */
  @IsOptional() @IsInt() serverTime?: number;
  /** With `sequence_replayed`: the highest sequence seen from this server. */
  @IsOptional() @IsInt() highestSequence?: number;
  /** With `server_removed`: the server that was removed. */
  @IsOptional() @IsString() serverId?: string;
}

/** The wire's own error codes. */
export const WIRE_CODES = [
  'signature_missing',
  'signature_invalid',
  'timestamp_stale',
  'sequence_replayed',
  'server_removed',
  'server_unknown',
  'token_invalid',
  'token_expired',
  'token_used',
  'role_mismatch',
  'foreign_deployment',
  'body_invalid',
  'head_unconfirmed',
] as const;
export type WireCode = (typeof WIRE_CODES)[number];
