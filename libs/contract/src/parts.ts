import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsIP,
  IsMACAddress,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

/** A DNS label (RFC 1123): lower case, at most 63 characters. */
export const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A POSIX environment variable's name. */
export const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export class Port {
  @IsInt() @Min(1) @Max(65535) port!: number;
  @IsIn(['tcp', 'udp']) protocol!: 'tcp' | 'udp';
}

export class HealthCheck {
  @IsIn(['http', 'tcp', 'command']) type!: 'http' | 'tcp' | 'command';
  /** For http and tcp. */
  @IsOptional() @IsInt() @Min(1) @Max(65535) port?: number;
  /** For http: any answer from 200 to 399 is healthy. */
  @IsOptional() @IsString() @Matches(/^\/[!-~]{0,1023}$/) path?: string;
  /** For command: run inside the container; exit code 0 is healthy. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(4096, { each: true })
  command?: string[];
  @IsInt() @Min(1) @Max(3600) intervalSeconds!: number;
  @IsInt() @Min(1) @Max(3600) timeoutSeconds!: number;
  @IsInt() @Min(1) @Max(100) retries!: number;
  @IsInt() @Min(0) @Max(3600) startPeriodSeconds!: number;
}

export class Resources {
  /** Mebibytes; null is no limit. */
  @IsOptional() @IsInt() @Min(4) memoryMb!: number | null;
  /** Cores; null is no limit. */
  @IsOptional() @IsNumber() @Min(0.01) cpus!: number | null;
}

export class SecretReference {
  /** The environment variable that gets the value. */
  @Matches(ENVIRONMENT_NAME) env!: string;
  @IsString() @MaxLength(64) id!: string;
  @IsInt() @Min(1) version!: number;
}

export class RegistryReference {
  /** host or host:port, as in the image reference. */
  @IsString() @MaxLength(255) host!: string;
  @IsInt() @Min(1) version!: number;
}

export const WANTED = ['run', 'drain', 'pull', 'stop'] as const;
export type Wanted = (typeof WANTED)[number];

/** One replica that this server is to run; `key` is the deployment's id. */
export class DeploymentPart {
  @IsString() @MaxLength(64) key!: string;
  @IsString() @MaxLength(64) serviceId!: string;
  @Matches(DNS_LABEL) serviceName!: string;
  @IsInt() @Min(1) revision!: number;
  /**
   * `drain`: out of names and routes, still running; the agent reports its open connections. `pull`: have the image,
   * make no container yet. `stop`: end it, but keep the container, so that it can be started again.
   */
  @IsIn(WANTED) want!: Wanted;
  /** What to pull: `repository@sha256:…` where the digest is known, else `repository:tag`. */
  @IsString() @MaxLength(512) image!: string;
  /** The pinned digest (`sha256:…`), or null where the registry could not be reached. */
  @IsOptional() @Matches(/^sha256:[0-9a-f]{64}$/) digest!: string | null;
  @IsIP('4') address!: string;
  @IsMACAddress() mac!: string;
  /** Replaces the image's command when not null. */
  @IsOptional() @IsArray() @IsString({ each: true }) command!: string[] | null;
  @IsObject() env!: Record<string, string>;
  @IsArray() @ValidateNested({ each: true }) @Type(() => SecretReference) secrets!: SecretReference[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => Port) ports!: Port[];
  @ValidateNested() @Type(() => Resources) resources!: Resources;
  @IsOptional() @ValidateNested() @Type(() => HealthCheck) healthCheck!: HealthCheck | null;
  /** From SIGTERM to SIGKILL. */
  @IsInt() @Min(0) @Max(3600) stopTimeoutSeconds!: number;
  @IsOptional() @ValidateNested() @Type(() => RegistryReference) registry!: RegistryReference | null;
}

/** A name; `key` is the service's name, answered as `<key>.internal`. No addresses: the name exists, nothing serves it (NODATA). */
export class RecordPart {
  @Matches(DNS_LABEL) key!: string;
  @IsArray() @ArrayMaxSize(1000) @IsIP('4', { each: true }) addresses!: string[];
}

/** Another server of the mesh; `key` is its id. Its AllowedIPs are 10.100.X.0/24 and 10.200.X.0/24 with X the subnet id. */
export class PeerPart {
  @IsString() @MaxLength(64) key!: string;
  @IsInt() @Min(1) @Max(255) subnetId!: number;
  /** A WireGuard public key: 32 bytes, base64. */
  @Matches(/^[A-Za-z0-9+/]{43}=$/) publicKey!: string;
  /** Candidates in the order to try, `address:port`. */
  @IsArray() @ArrayMaxSize(16) @IsString({ each: true }) @MaxLength(64, { each: true }) endpoints!: string[];
}

export class RouteTarget {
  @IsIP('4') address!: string;
  @IsInt() @Min(1) @Max(65535) port!: number;
  @IsInt() @Min(0) @Max(1000) weight!: number;
}

/** A public route; only proxies are sent any. `key` is the route's id. */
export class RoutePart {
  @IsString() @MaxLength(64) key!: string;
  @IsString() @MaxLength(253) domain!: string;
  @IsOptional() @IsString() @MaxLength(1024) pathPrefix!: string | null;
  @IsArray() @ValidateNested({ each: true }) @Type(() => RouteTarget) targets!: RouteTarget[];
}

export interface PartsBySection {
  containers: DeploymentPart;
  dns: RecordPart;
  traefik: RoutePart;
  wireguard: PeerPart;
}
