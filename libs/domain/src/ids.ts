/** A stream is named `<noun>/<id>`; one lifecycle, one stream. */
export const NOUNS = [
  'cluster',
  'project',
  'server',
  'registration_token',
  'service',
  'rollout',
  'deployment',
  'secret',
  'registry',
] as const;
export type Noun = (typeof NOUNS)[number];

type Branded<B extends string> = string & { readonly brand?: B };
export type ProjectId = Branded<'project'>;
export type ServerId = Branded<'server'>;
export type ServiceId = Branded<'service'>;
export type RolloutId = Branded<'rollout'>;
export type DeploymentId = Branded<'deployment'>;
export type SecretId = Branded<'secret'>;

export function streamOf(noun: Noun, id: string): string {
  return `${noun}/${id}`;
}

/** The id in a stream's name. */
export function idOf(stream: string): string {
  return stream.slice(stream.indexOf('/') + 1);
}
