/** The agent's wire: every message between a server's agent and the control plane, and what is signed of it. */
export * from './generation.ts';
export * from './parts.ts';
export * from './expected-state.ts';
export * from './canonical.ts';
export * from './container-spec.ts';
export * from './status.ts';
export * from './registration.ts';
export * from './signing.ts';
export * from './problem.ts';
export * from './parse.ts';
