import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Generation } from './generation.ts';
import { DeploymentPart, PeerPart, RecordPart, RoutePart } from './parts.ts';

/** What changed in a section since the generation that the agent named, and the hash of the whole result. */
export class SectionDelta {
  @ValidateNested() @Type(() => Generation) generation!: Generation;
  /** True: `parts` is everything, drop what was held. */
  @IsBoolean() whole!: boolean;
  /** Keys of parts that no longer exist. */
  @IsArray() @IsString({ each: true }) gone!: string[];
  /** `sectionHash` over all parts once the change is applied. */
  @Matches(/^[0-9a-f]{64}$/) hash!: string;
}

export class ContainersDelta extends SectionDelta {
  @IsArray() @ValidateNested({ each: true }) @Type(() => DeploymentPart) parts!: DeploymentPart[];
  /**
   * Of our containers that are not among the parts, stop only those of these deployments; without it, all of them. After a
   * restore the control plane does not know what was started since the backup, and leaves it alone.
   */
  @IsOptional() @IsArray() @IsString({ each: true }) @MaxLength(64, { each: true }) stopOnly?: string[];
}
export class DnsDelta extends SectionDelta {
  @IsArray() @ValidateNested({ each: true }) @Type(() => RecordPart) parts!: RecordPart[];
}
export class TraefikDelta extends SectionDelta {
  @IsArray() @ValidateNested({ each: true }) @Type(() => RoutePart) parts!: RoutePart[];
}
export class WireguardDelta extends SectionDelta {
  @IsArray() @ValidateNested({ each: true }) @Type(() => PeerPart) parts!: PeerPart[];
}

/** A section that is left out has not changed since the generation that the request named. */
export class SectionDeltas {
  @IsOptional() @ValidateNested() @Type(() => ContainersDelta) containers?: ContainersDelta;
  @IsOptional() @ValidateNested() @Type(() => DnsDelta) dns?: DnsDelta;
  @IsOptional() @ValidateNested() @Type(() => TraefikDelta) traefik?: TraefikDelta;
  @IsOptional() @ValidateNested() @Type(() => WireguardDelta) wireguard?: WireguardDelta;
}

/** The answer to `GET /api/v1/agent/expected-state`. */
export class ExpectedStateAnswer {
  @IsString() serverId!: string;
  @IsInt() @Min(1) @Max(255) subnetId!: number;
  /** The log's head when this was rendered, and its chain hash: the anchor outside the database. */
  @IsInt() @Min(0) position!: number;
  @IsString() head!: string;
  /** Where else the control plane can be reached. */
  @IsArray() @IsString({ each: true }) controlPlanes!: string[];
  @ValidateNested() @Type(() => SectionDeltas) sections!: SectionDeltas;
  /**
   * Values sealed to this server's X25519 key, for the references in the parts sent: `secret/<id>@<version>` holds the
   * value, `registry/<host>@<version>` a JSON `RegistryAccess`. Not part of the hash; the references are.
   */
  @IsObject() sealed!: Record<string, string>;
}

/** What is inside a `registry/…` sealed value. */
export interface RegistryAccess {
  username: string | null;
  password: string | null;
  plainHttp: boolean;
  caPem: string | null;
}
