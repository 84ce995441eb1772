export * from './action.ts';
export * from './actual-state.ts';
export * from './expected.ts';
