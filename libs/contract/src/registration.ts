import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { PeerPart } from './parts.ts';

/** 32 bytes in base64. */
export const KEY_PATTERN = /^[A-Za-z0-9+/]{43}=$/;

export class HostFacts {
  @IsString() @MaxLength(253) hostname!: string;
  @IsString() @MaxLength(128) os!: string;
  @IsString() @MaxLength(128) kernel!: string;
  @IsString() @MaxLength(32) architecture!: string;
  @IsInt() @Min(1) cpus!: number;
  @IsInt() @Min(1) memoryMb!: number;
}

/**
 * The body of `POST /api/v1/agent/register`, signed by the Ed25519 signing key that it names (`Techulus-Signature`
 * over `requestToSign`, server `-`, sequence 0). With a token: joins. Without: `serverId` and the signing key recover
 * a lost secret.
 */
export class RegistrationRequest {
  @IsOptional() @IsString() @MaxLength(256) token?: string;
  @IsOptional() @IsString() @MaxLength(64) serverId?: string;
  @Matches(KEY_PATTERN) wireguardPublicKey!: string;
  @Matches(KEY_PATTERN) signingKey!: string;
  @Matches(KEY_PATTERN) sealingKey!: string;
  @IsBoolean() isProxy!: boolean;
  /** Candidates for other servers' tunnels, `address:port`. */
  @IsArray() @ArrayMaxSize(16) @IsString({ each: true }) @MaxLength(64, { each: true }) addresses!: string[];
  @ValidateNested() @Type(() => HostFacts) host!: HostFacts;
}

/** Signed by the control plane's Ed25519 key over `answerToSign`; the token carries that key's fingerprint. */
export class RegistrationAnswer {
  @IsString() @MaxLength(64) serverId!: string;
  @IsString() @MaxLength(253) name!: string;
  @IsInt() @Min(1) @Max(255) subnetId!: number;
  /** The HMAC secret, sealed to the sealing key. */
  @IsString() @MaxLength(512) sealedSecret!: string;
  @Matches(KEY_PATTERN) controlPlaneKey!: string;
  @IsArray() @IsString({ each: true }) controlPlanes!: string[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => PeerPart) peers!: PeerPart[];
}

/** `tcl_<id>.<secret>.<fingerprint>`, each url-safe base64 or an id. */
export interface RegistrationToken {
  id: string;
  secret: string;
  /** The first 16 bytes of the SHA-256 of the control plane's Ed25519 public key. */
  fingerprint: string;
}

export function formatRegistrationToken(token: RegistrationToken): string {
  return `tcl_${token.id}.${token.secret}.${token.fingerprint}`;
}

export function parseRegistrationToken(text: string): RegistrationToken | null {
  const match = /^tcl_([A-Za-z0-9-]{1,64})\.([A-Za-z0-9_-]{22,128})\.([A-Za-z0-9_-]{22})$/.exec(text.trim());
  if (match === null) return null;
  const [, id = '', secret = '', fingerprint = ''] = match;
  return { id, secret, fingerprint };
}
