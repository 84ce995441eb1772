/** The whole cluster in one process under a seeded clock, network and Podman: stories, promises, and the shortest story that breaks one. */
export type { Violation } from './cluster.ts';
export type { Fixture } from './fixture.ts';
export { breaking, shrink } from './shrink.ts';
export { type Outcome, simulate } from './simulate.ts';
export { describe, type Step, type Story } from './story.ts';
export { tell } from './tell.ts';
