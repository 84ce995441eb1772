import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { LiveCluster } from '../cluster/live-cluster.ts';

export class LiveAnswer {
  @ApiProperty({ enum: ['alive'] }) status!: 'alive';
}

export class ReadyAnswer {
  @ApiProperty({ enum: ['ready'] }) status!: 'ready';
  @ApiProperty({ description: 'The last event that this process has folded.' }) position!: number;
  @ApiProperty({ description: 'Raised when a backup is restored.' }) epoch!: number;
}

@ApiTags('health')
@Controller('api/v1/health')
export class HealthController {
  constructor(private readonly live: LiveCluster) {}

  @Get('live')
  @ApiOperation({ summary: 'The process runs.' })
  @ApiOkResponse({ type: LiveAnswer })
  isAlive(): LiveAnswer {
    return { status: 'alive' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'The process follows the log and may answer from it; 503 says why not.' })
  @ApiOkResponse({ type: ReadyAnswer })
  isReady(): ReadyAnswer {
    this.live.requireReady();
    return { status: 'ready', position: this.live.head.position, epoch: this.live.epoch };
  }
}
