/** What this server is, what it is expected to be, and what to do about the difference. Pure. */
export * from './action.ts';
export * from './actual-state.ts';
export * from './expected.ts';
export { type Acceptance, acceptDelta } from './accept-delta.ts';
export { containerSpecHash } from './container-spec.ts';
export { diff, type DiffContext } from './diff.ts';
export { allowedIps, wireguardDrift } from './sections.ts';
