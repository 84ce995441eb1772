import { type Provider, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { Timers } from '@techulus/ports';
import { AnswerInterceptor } from './answers/answer.interceptor.ts';
import { OnceInterceptor } from './answers/once.interceptor.ts';
import { ClusterOrdersController } from './cluster-view/cluster-orders.controller.ts';
import { ClusterController } from './cluster-view/cluster.controller.ts';
import { DeploymentsController } from './deployments/deployments.controller.ts';
import { EventStreams } from './events/event-streams.ts';
import { EventsController } from './events/events.controller.ts';
import { ParsePipe } from './input/parse.pipe.ts';
import { BearerGuard } from './permissions/bearer.guard.ts';
import { ProblemFilter } from './problem/problem.filter.ts';
import { ProjectsController } from './projects/projects.controller.ts';
import { Views } from './reading/view.ts';
import { RegistryCredentialsController } from './registry-credentials/registry-credentials.controller.ts';
import { RolloutReader } from './rollouts/rollout-reader.ts';
import { RolloutsController } from './rollouts/rollouts.controller.ts';
import { SecretsController } from './secrets/secrets.controller.ts';
import { RegistrationTokens } from './servers/registration-tokens.ts';
import { ServerOrdersController } from './servers/server-orders.controller.ts';
import { ServerReader } from './servers/server-reader.ts';
import { ServersController } from './servers/servers.controller.ts';
import { Images } from './services/images.ts';
import { RegistryClient } from './services/registry-client.ts';
import { ServiceCommands } from './services/service-commands.ts';
import { ServiceReader } from './services/service-reader.ts';
import { ServicesController } from './services/services.controller.ts';
import { systemHttp } from './services/system-http.ts';
import { TIMERS } from './tokens.ts';
import { WhyController } from './why/why.controller.ts';

/** What every request of the surface passes: who asks, what was sent, how far this process must have read, whether it is a repetition, what went wrong. */
const everywhere: Provider[] = [
  { provide: APP_GUARD, useClass: BearerGuard },
  { provide: APP_PIPE, useClass: ParsePipe },
  { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
  { provide: APP_INTERCEPTOR, useClass: OnceInterceptor },
  { provide: APP_FILTER, useClass: ProblemFilter },
];

const registryClient: Provider = {
  provide: RegistryClient,
  useFactory: (timers: Timers) => new RegistryClient(systemHttp, timers),
  inject: [TIMERS],
};

/** The REST surface (DESIGN.md, section 10). */
@Module({
  controllers: [
    ProjectsController,
    ServersController,
    ServerOrdersController,
    ServicesController,
    RolloutsController,
    DeploymentsController,
    SecretsController,
    RegistryCredentialsController,
    EventsController,
    WhyController,
    ClusterController,
    ClusterOrdersController,
  ],
  providers: [
    ...everywhere,
    ...[Views, EventStreams, Images, registryClient, RegistrationTokens],
    ...[ServerReader, ServiceCommands, ServiceReader, RolloutReader],
  ],
})
export class RestModule {}
