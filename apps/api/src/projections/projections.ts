import type { Projection } from './projection.ts';

/** Every read model's writer, in the order in which they see an event. */
export const projections: readonly Projection[] = [];
