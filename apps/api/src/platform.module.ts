import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { KeptAnswers } from './answers/kept-answers.ts';
import { LiveCluster } from './cluster/live-cluster.ts';
import { Commands } from './commands/execute.ts';
import { Installation } from './installation/installation.ts';
import { AdminToken } from './keys/admin-token.ts';
import { Ciphertexts } from './keys/ciphertexts.ts';
import { ControlPlaneKey } from './keys/control-plane-key.ts';
import type { Platform } from './platform.ts';
import { Hearing } from './presence/hearing.ts';
import { Projector } from './projections/projector.ts';
import { CLOCK, CONFIG, EVENT_STORE, JOB_QUEUE, LOG, RANDOM, TIMERS } from './tokens.ts';

/** The platform's parts for injection, everywhere. */
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const providers: Provider[] = [
      { provide: CONFIG, useValue: platform.config },
      { provide: LOG, useValue: platform.log },
      { provide: EVENT_STORE, useValue: platform.store },
      { provide: JOB_QUEUE, useValue: platform.jobs },
      { provide: CLOCK, useValue: platform.clock },
      { provide: TIMERS, useValue: platform.timers },
      { provide: RANDOM, useValue: platform.random },
      { provide: MikroORM, useValue: platform.orm },
      { provide: LiveCluster, useValue: platform.live },
      { provide: Commands, useValue: platform.commands },
      { provide: Hearing, useValue: platform.hearing },
      { provide: Projector, useValue: platform.projector },
      { provide: Ciphertexts, useValue: platform.ciphertexts },
      { provide: KeptAnswers, useValue: platform.keptAnswers },
      { provide: ControlPlaneKey, useValue: platform.controlPlaneKey },
      { provide: AdminToken, useValue: platform.adminToken },
      { provide: Installation, useValue: platform.installation },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}
