import type { EntityClass } from '@mikro-orm/core';

/** Every entity of the read models. A new one also gets its table in migrations.ts. */
export const entities: readonly EntityClass<object>[] = [];
