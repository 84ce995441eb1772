import type { EntityClass } from '@mikro-orm/core';
import { readModelEntities } from '../projections/projections.ts';
import { ProjectionCheckpoint } from '../projections/checkpoint.entity.ts';

/** Every entity of the read models. A new one also gets its table in migrations.ts. */
export const entities: readonly EntityClass<object>[] = [ProjectionCheckpoint, ...readModelEntities];
