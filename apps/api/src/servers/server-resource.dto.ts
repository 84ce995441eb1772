import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Permit } from '../reading/permit.dto.ts';
import { RegistrationResource } from './server-body.dto.ts';

export const SERVER_STATUSES = ['registering', 'online', 'offline', 'removing', 'removed', 'unknown'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

class HostResource {
  @ApiProperty({ type: String }) hostname!: string;
  @ApiProperty({ type: String }) os!: string;
  @ApiProperty({ type: String }) kernel!: string;
  @ApiProperty({ type: String }) architecture!: string;
  @ApiProperty({ type: Number }) cpus!: number;
  @ApiProperty({ type: Number }) memoryMb!: number;
}

export class SectionConditionResource {
  @ApiProperty({ type: String, enum: ['containers', 'dns', 'traefik', 'wireguard'] }) section!: string;
  @ApiProperty({ type: Number, description: "Position of the section's generation." }) wanted!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Position of the generation that it applied; null: none yet.',
  })
  held!: number | null;
  @ApiProperty({ type: Boolean, description: 'It does not hold what it is wanted to.' }) drift!: boolean;
  @ApiProperty({ type: Boolean, description: 'It could be observed for the last report.' }) observed!: boolean;
}

class VersionsResource {
  @ApiProperty({ type: String }) agent!: string;
  @ApiProperty({ type: String, nullable: true }) podman!: string | null;
  @ApiProperty({ type: String }) kernel!: string;
  @ApiProperty({ type: String }) os!: string;
}

class HostLoadResource {
  @ApiProperty({ type: Number }) memoryTotalMb!: number;
  @ApiProperty({ type: Number }) memoryFreeMb!: number;
  @ApiProperty({ type: Number }) cpus!: number;
  @ApiProperty({ type: Number }) load1!: number;
  @ApiProperty({ type: Number }) diskTotalMb!: number;
  @ApiProperty({ type: Number }) diskFreeMb!: number;
}

export class ActionResource {
  @ApiProperty({ type: String }) kind!: string;
  @ApiProperty({ type: String }) key!: string;
  @ApiProperty({ type: String }) because!: string;
  @ApiProperty({ type: String, enum: ['running', 'done', 'retry', 'refused'] }) outcome!: string;
  @ApiProperty({ type: String, nullable: true }) message!: string | null;
}

export class TunnelResource {
  @ApiProperty({ type: String }) serverId!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Since the last handshake; null: there was none.' })
  ageSeconds!: number | null;
}

export class UnknownContainerResource {
  @ApiProperty({ type: String }) deploymentId!: string;
  @ApiProperty({ type: String, nullable: true }) containerId!: string | null;
  @ApiProperty({ type: String }) phase!: string;
  @ApiProperty({ type: String, nullable: true, description: 'As its label says; null: it was not told.' })
  serviceId!: string | null;
}

/** From the last report. */
export class ServerConditionsResource {
  @ApiProperty({ type: String, enum: ['IDLE', 'PROCESSING'] }) agentState!: string;
  @ApiProperty({ type: Boolean }) podmanAnswers!: boolean;
  @ApiProperty({ type: Boolean }) diskPressure!: boolean;
  @ApiProperty({ type: Number, description: "How far its clock is behind the control plane's." })
  clockOffsetMs!: number;
  @ApiProperty({ type: [SectionConditionResource] }) sections!: SectionConditionResource[];
  @ApiProperty({ type: VersionsResource }) versions!: VersionsResource;
  @ApiProperty({ type: HostLoadResource }) resources!: HostLoadResource;
  @ApiProperty({ type: ActionResource, nullable: true }) action!: ActionResource | null;
  @ApiProperty({ type: [ActionResource], description: 'Failed, and waiting for their next try.' })
  deferred!: ActionResource[];
  @ApiProperty({ type: [TunnelResource] }) tunnels!: TunnelResource[];
  @ApiProperty({ type: [UnknownContainerResource], description: 'Containers of ours that the log does not know.' })
  unknown!: UnknownContainerResource[];
}

export class StaysResource {
  @ApiProperty({ type: String }) deploymentId!: string;
  @ApiProperty({ type: String, nullable: true }) serviceName!: string | null;
  @ApiProperty({ type: String }) because!: string;
}

class ServerCan {
  @ApiProperty({ type: Permit }) cordon!: Permit;
  @ApiProperty({ type: Permit }) uncordon!: Permit;
  @ApiProperty({ type: Permit }) drain!: Permit;
  @ApiProperty({ type: Permit }) remove!: Permit;
  @ApiProperty({ type: Permit }) forceRemove!: Permit;
  @ApiProperty({ type: Permit }) issueToken!: Permit;
}

export class ServerResource {
  @ApiProperty({ type: String }) id!: string;
  @ApiProperty({ type: Number }) version!: number;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, enum: ['proxy', 'worker'] }) role!: 'proxy' | 'worker';
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ type: String, enum: [...SERVER_STATUSES], description: '`unknown` only where the past is shown.' })
  status!: ServerStatus;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Null until it registered.' }) subnetId!: number | null;
  @ApiProperty({ type: String, nullable: true }) meshAddress!: string | null;
  @ApiProperty({ type: String, nullable: true }) publicAddress!: string | null;
  @ApiProperty({ type: [String], description: 'Where its tunnel may be reached.' }) endpoints!: string[];
  @ApiProperty({ type: HostResource, nullable: true }) host!: HostResource | null;
  @ApiProperty({ type: Boolean, description: 'Every peer acknowledged it: it takes placements.' }) admitted!: boolean;
  @ApiProperty({ type: Boolean }) cordoned!: boolean;
  @ApiProperty({ type: Boolean }) draining!: boolean;
  @ApiProperty({ type: [StaysResource], description: 'While draining: what has not left yet, and why.' })
  stays!: StaysResource[];
  @ApiProperty({ type: Number, description: 'Deployments that it is told to have.' }) deployments!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) lastSeenAt!: string | null;
  @ApiProperty({ type: ServerConditionsResource, nullable: true, description: 'From its last report.' })
  conditions!: ServerConditionsResource | null;
  @ApiProperty({ type: ServerCan }) can!: ServerCan;
}

export class WrittenServer extends ServerResource {
  @ApiProperty({ type: Number }) position!: number;
}

export class CreatedServer extends IntersectionType(WrittenServer, RegistrationResource) {}
