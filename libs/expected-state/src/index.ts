/** What a server is expected to be, rendered from the cluster section by section, part by part. Pure; equal input, equal bytes. */
export { answerFor, expectedStateOf, generationsOf, type WholeSections } from './expected-state.ts';
export { type Origin, revisionOf } from './parts.ts';
export { sealedReferences } from './sealed.ts';
export { pinnedImage, registryHostOf } from './image.ts';
