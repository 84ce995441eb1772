import { IsInt, Min } from 'class-validator';

/**
 * Names a state of one section: the log's epoch, the position of the last event that changed the section,
 * and the version of the renderer that wrote it. Ordered by epoch, then renderer, then position: a new release may see
 * fewer events touch a section than the one before, so its positions can be lower.
 */
export class Generation {
  @IsInt() @Min(0) epoch!: number;
  @IsInt() @Min(0) position!: number;
  @IsInt() @Min(0) renderer!: number;
}

/** Bumped whenever a renderer's output changes for equal input, or other events touch a section. */
export const RENDERER_VERSION = 1;

export const SECTIONS = ['containers', 'dns', 'traefik', 'wireguard'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Negative, zero or positive, as `a` is older than, equal to or newer than `b`. */
export function compareGenerations(a: Generation, b: Generation): number {
  return a.epoch - b.epoch || a.renderer - b.renderer || a.position - b.position;
}

export function formatGeneration(generation: Generation): string {
  return `${generation.epoch}.${generation.position}.${generation.renderer}`;
}

function parseGeneration(text: string | undefined): Generation | null {
  const match = /^(\d{1,9})\.(\d{1,15})\.(\d{1,9})$/.exec(text ?? '');
  if (match === null) return null;
  return { epoch: Number(match[1]), position: Number(match[2]), renderer: Number(match[3]) };
}

export type Generations = Readonly<Partial<Record<SectionName, Generation>>>;

/** The generations of all sections as one entity tag: `"<containers>;<dns>;<traefik>;<wireguard>"`, `-` where none is held. */
export function formatEntityTag(generations: Generations): string {
  const parts = SECTIONS.map((section) => {
    const held = generations[section];
    return held === undefined ? '-' : formatGeneration(held);
  });
  return `"${parts.join(';')}"`;
}

/** The inverse of formatEntityTag; null when the text is not one. */
export function parseEntityTag(text: string): Generations | null {
  const match = /^"([^"]{0,200})"$/.exec(text);
  const parts = match?.[1]?.split(';');
  if (parts?.length !== SECTIONS.length) return null;
  const held: Partial<Record<SectionName, Generation>> = {};
  for (const [index, section] of SECTIONS.entries()) {
    if (parts[index] === '-') continue;
    const generation = parseGeneration(parts[index]);
    if (generation === null) return null;
    held[section] = generation;
  }
  return held;
}
