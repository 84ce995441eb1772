/** The section of public routes. */
export { applyTraefik } from './apply.ts';
export { observeTraefik } from './observe.ts';
