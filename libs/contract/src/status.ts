import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsIP,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Generation, SECTIONS, type SectionName } from './generation.ts';

/**
 * A section as this server has applied it. For dns, traefik and wireguard: proven in effect. For containers: accepted,
 * and the containers listed in the same report were observed afterwards.
 */
export class SectionAck {
  @ValidateNested() @Type(() => Generation) generation!: Generation;
  @Matches(/^[0-9a-f]{64}$/) hash!: string;
}

export class SectionAcks {
  @IsOptional() @ValidateNested() @Type(() => SectionAck) containers?: SectionAck;
  @IsOptional() @ValidateNested() @Type(() => SectionAck) dns?: SectionAck;
  @IsOptional() @ValidateNested() @Type(() => SectionAck) traefik?: SectionAck;
  @IsOptional() @ValidateNested() @Type(() => SectionAck) wireguard?: SectionAck;
}

export const CONTAINER_PHASES = [
  'waiting',
  'pulling',
  'pulled',
  'created',
  'running',
  'stopping',
  'exited',
  'failed',
] as const;
export type ContainerPhase = (typeof CONTAINER_PHASES)[number];

/** Why a container is `failed`. Only image_not_found and registry_unauthorized are final; the others are tried again. */
export const FAILURE_REASONS = [
  'image_not_found',
  'registry_unauthorized',
  'pull_failed',
  'create_failed',
  'start_failed',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** What the labels of a container say of where it came from. */
export class ContainerOrigin {
  @IsString() @MaxLength(64) serviceId!: string;
  @IsIP('4') address!: string;
  /** `containerSpecHash` of the part that it was made from. */
  @Matches(/^[0-9a-f]{64}$/) specHash!: string;
}

/** One container of ours (or a deployment whose container is still to come). */
export class ContainerReport {
  @IsString() @MaxLength(64) deploymentId!: string;
  @IsOptional() @IsString() @MaxLength(64) containerId!: string | null;
  @IsIn(CONTAINER_PHASES) phase!: ContainerPhase;
  @IsIn(['starting', 'healthy', 'unhealthy']) health!: 'starting' | 'healthy' | 'unhealthy';
  /** The digest label of the image that it runs. */
  @IsOptional() @IsString() @MaxLength(80) digest!: string | null;
  /** Milliseconds since the epoch, by the server's clock with its offset applied. */
  @IsOptional() @IsInt() startedAt!: number | null;
  /** Of the last time it ended by itself. */
  @IsOptional() @IsInt() exitCode!: number | null;
  @IsOptional() @IsIn(FAILURE_REASONS) reason!: FailureReason | null;
  /** What an operator reads: why it failed, or why the check fails. */
  @IsOptional() @IsString() @MaxLength(2000) message!: string | null;
  /** The last lines the container wrote, on failure only. */
  @IsArray() @ArrayMaxSize(20) @IsString({ each: true }) @MaxLength(1000, { each: true }) lastLogLines!: string[];
  /** Starts after it ended by itself, in this boot of the server. */
  @IsInt() @Min(0) restarts!: number;
  @IsBoolean() crashLooping!: boolean;
  /** Established TCP connections to it, counted while it drains; else null. */
  @IsOptional() @IsInt() @Min(0) connections!: number | null;
  /** While pulling: per cent, where the registry told the size. */
  @IsOptional() @IsInt() @Min(0) pullPercent!: number | null;
  /** Of one that is not among the parts that this server was sent. */
  @IsOptional() @ValidateNested() @Type(() => ContainerOrigin) origin?: ContainerOrigin;
}

export class ActionReport {
  @IsString() @MaxLength(64) kind!: string;
  @IsString() @MaxLength(64) key!: string;
  @IsString() @MaxLength(500) because!: string;
  @IsIn(['running', 'done', 'retry', 'refused']) outcome!: 'running' | 'done' | 'retry' | 'refused';
  @IsOptional() @IsString() @MaxLength(2000) message!: string | null;
}

export class HostResources {
  @IsInt() @Min(0) memoryTotalMb!: number;
  @IsInt() @Min(0) memoryFreeMb!: number;
  @IsNumber() @Min(0) cpus!: number;
  @IsNumber() @Min(0) load1!: number;
  @IsInt() @Min(0) diskTotalMb!: number;
  @IsInt() @Min(0) diskFreeMb!: number;
  @IsBoolean() diskPressure!: boolean;
}

export class Handshake {
  @IsString() @MaxLength(64) serverId!: string;
  /** Null: there never was one. */
  @IsOptional() @IsInt() @Min(0) ageSeconds!: number | null;
}

export class Versions {
  @IsString() @MaxLength(64) agent!: string;
  @IsOptional() @IsString() @MaxLength(64) podman!: string | null;
  @IsString() @MaxLength(128) kernel!: string;
  @IsString() @MaxLength(128) os!: string;
}

/** The body of `POST /api/v1/agent/status`. */
export class StatusReport {
  @IsIn(['IDLE', 'PROCESSING']) agentState!: 'IDLE' | 'PROCESSING';
  @ValidateNested() @Type(() => SectionAcks) sections!: SectionAcks;
  /** Sections that could not be observed; their facts below are missing, not empty. */
  @IsArray() @IsIn(SECTIONS, { each: true }) unobserved!: SectionName[];
  @IsArray()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => ContainerReport)
  containers!: ContainerReport[];
  /** Age of the observation that `containers` comes from, in milliseconds. */
  @IsInt() @Min(0) observedAgoMs!: number;
  @IsOptional() @ValidateNested() @Type(() => ActionReport) action!: ActionReport | null;
  /** Actions that failed and wait for their next try. */
  @IsArray() @ArrayMaxSize(100) @ValidateNested({ each: true }) @Type(() => ActionReport) deferred!: ActionReport[];
  @ValidateNested() @Type(() => HostResources) resources!: HostResources;
  /** False: Podman does not answer; no placements here. */
  @IsBoolean() podmanAnswers!: boolean;
  @IsOptional() @IsIP() publicAddress!: string | null;
  /** Candidates for other servers' tunnels, `address:port`. */
  @IsArray() @ArrayMaxSize(16) @IsString({ each: true }) @MaxLength(64, { each: true }) endpoints!: string[];
  @IsArray() @ArrayMaxSize(255) @ValidateNested({ each: true }) @Type(() => Handshake) handshakes!: Handshake[];
  @ValidateNested() @Type(() => Versions) versions!: Versions;
  /** How far this server's clock is from the control plane's, in milliseconds (positive: behind). */
  @IsInt() clockOffsetMs!: number;
}

/** The answer to a report. */
export class StatusAnswer {
  /** Sections whose hash differs at the present generation: ask for the whole. */
  @IsArray() @IsIn(SECTIONS, { each: true }) resend!: SectionName[];
}
