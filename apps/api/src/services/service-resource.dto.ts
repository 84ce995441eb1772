import { ApiProperty } from '@nestjs/swagger';
import { Permit } from '../reading/permit.dto.ts';

class PortResource {
  @ApiProperty({ type: Number }) port!: number;
  @ApiProperty({ type: String, enum: ['tcp', 'udp'] }) protocol!: 'tcp' | 'udp';
}

class LimitsResource {
  @ApiProperty({ type: Number, nullable: true }) memoryMb!: number | null;
  @ApiProperty({ type: Number, nullable: true }) cpus!: number | null;
}

class HealthCheckResource {
  @ApiProperty({ type: String, enum: ['http', 'tcp', 'command'] }) type!: 'http' | 'tcp' | 'command';
  @ApiProperty({ type: Number, required: false }) port?: number;
  @ApiProperty({ type: String, required: false }) path?: string;
  @ApiProperty({ type: [String], required: false }) command?: string[];
  @ApiProperty({ type: Number }) intervalSeconds!: number;
  @ApiProperty({ type: Number }) timeoutSeconds!: number;
  @ApiProperty({ type: Number }) retries!: number;
  @ApiProperty({ type: Number }) startPeriodSeconds!: number;
}

/** What is inside a container. */
class InsideResource {
  @ApiProperty({ type: String, description: 'In full: host, path, and tag or digest.' }) image!: string;
  @ApiProperty({ type: String, nullable: true }) digest!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['image_not_found', 'registry_unauthorized', 'registry_unreachable', null],
    description: 'Why there is no digest yet; a rollout asks again.',
  })
  digestError!: string | null;
  @ApiProperty({ type: [String], nullable: true }) command!: string[] | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) env!: Record<string, string>;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Environment variable → name of a secret.',
  })
  secrets!: Record<string, string>;
  @ApiProperty({ type: [PortResource] }) ports!: PortResource[];
  @ApiProperty({ type: LimitsResource }) resources!: LimitsResource;
  @ApiProperty({ type: HealthCheckResource, nullable: true }) healthCheck!: HealthCheckResource | null;
  @ApiProperty({ type: Number }) stopTimeoutSeconds!: number;
}

export class RevisionResource extends InsideResource {
  @ApiProperty({ type: Number }) revision!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

class PlacementResource {
  @ApiProperty({ type: [String] }) constraints!: string[];
  @ApiProperty({ type: [String] }) servers!: string[];
}

class StrategyResource {
  @ApiProperty({ type: String, enum: ['start-first', 'stop-first'] }) order!: 'start-first' | 'stop-first';
  @ApiProperty({ type: Number, nullable: true }) batch!: number | null;
}

class ServiceCan {
  @ApiProperty({ type: Permit }) change!: Permit;
  @ApiProperty({ type: Permit }) scale!: Permit;
  @ApiProperty({ type: Permit }) rollout!: Permit;
  @ApiProperty({ type: Permit }) delete!: Permit;
}

/** With what is inside its latest revision. */
export class ServiceResource extends InsideResource {
  @ApiProperty({ type: String }) id!: string;
  @ApiProperty({ type: Number }) version!: number;
  @ApiProperty({ type: String }) projectId!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: Number, description: 'Wanted.' }) replicas!: number;
  @ApiProperty({ type: Number, description: 'Serving now: named, healthy, on a server that is online.' })
  available!: number;
  @ApiProperty({ type: Number }) latestRevision!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Null: nothing was rolled out yet.' }) runningRevision!:
    | number
    | null;
  @ApiProperty({ type: Boolean, description: 'An older revision than the latest runs.' }) outdated!: boolean;
  @ApiProperty({ type: Boolean }) deleting!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'The rollout that moves it now.' }) rolloutId!:
    | string
    | null;
  @ApiProperty({ type: [String], description: 'What NAME.internal answers.' }) addresses!: string[];
  @ApiProperty({ type: PlacementResource }) placement!: PlacementResource;
  @ApiProperty({ type: StrategyResource }) strategy!: StrategyResource;
  @ApiProperty({ type: Number }) drainSeconds!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: ServiceCan }) can!: ServiceCan;
}

export class WrittenService extends ServiceResource {
  @ApiProperty({ type: Number }) position!: number;
}
