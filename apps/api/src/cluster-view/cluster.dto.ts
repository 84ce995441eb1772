import { ApiProperty } from '@nestjs/swagger';
import { DeploymentResource } from '../deployments/deployment.dto.ts';
import { WholeInQuery } from '../input/fields.ts';
import { ReadQuery } from '../input/read-query.ts';
import { ProjectResource } from '../projects/project.dto.ts';
import { RolloutResource } from '../rollouts/rollout.dto.ts';
import { ServerResource } from '../servers/server-resource.dto.ts';
import { ServiceResource } from '../services/service-resource.dto.ts';

export class ClusterQuery extends ReadQuery {
  @WholeInQuery({ min: 0, max: Number.MAX_SAFE_INTEGER, says: 'As of this position; the present by default.' })
  at?: number;
}

export class RecordResource {
  @ApiProperty({ type: String, description: 'Answered as NAME.internal.' }) name!: string;
  @ApiProperty({ type: [String] }) addresses!: string[];
}

export class PeerResource {
  @ApiProperty({ type: String }) serverId!: string;
  @ApiProperty({ type: String }) serverName!: string;
  @ApiProperty({ type: Number }) subnetId!: number;
  @ApiProperty({ type: String }) meshAddress!: string;
  @ApiProperty({ type: String }) publicKey!: string;
  @ApiProperty({ type: [String] }) endpoints!: string[];
}

const KEEPS_UNKNOWN =
  'After a restore, until stop-unknown: servers keep containers that the log does not know (conditions.unknown of each server).';

/** What the log says, without what only reports say. */
export class ClusterResource {
  @ApiProperty({ type: Number }) position!: number;
  @ApiProperty({ type: Number }) epoch!: number;
  @ApiProperty({ type: String, format: 'date-time', description: 'When the last event of it happened.' }) at!: string;
  @ApiProperty({ type: Boolean, description: KEEPS_UNKNOWN }) keepsUnknown!: boolean;
  @ApiProperty({ type: [ProjectResource] }) projects!: ProjectResource[];
  @ApiProperty({ type: [ServerResource] }) servers!: ServerResource[];
  @ApiProperty({ type: [ServiceResource] }) services!: ServiceResource[];
  @ApiProperty({ type: [DeploymentResource] }) deployments!: DeploymentResource[];
  @ApiProperty({ type: [RolloutResource] }) rollouts!: RolloutResource[];
  @ApiProperty({ type: [RecordResource] }) records!: RecordResource[];
  @ApiProperty({ type: [PeerResource] }) peers!: PeerResource[];
}
