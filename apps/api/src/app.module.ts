import { type DynamicModule, Module } from '@nestjs/common';
import { RestModule } from './rest.module.ts';
import { HealthModule } from './health/health.module.ts';
import type { Platform } from './platform.ts';
import { PlatformModule } from './platform.module.ts';

/** The REST surface, one module a noun. openapi.ts documents exactly these. */
export const restModules = [HealthModule, RestModule];

@Module({})
export class AppModule {
  static of(platform: Platform): DynamicModule {
    return { module: AppModule, imports: [PlatformModule.of(platform), ...restModules] };
  }
}
