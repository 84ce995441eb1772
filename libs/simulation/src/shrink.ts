/** A story that breaks a promise, made as short as it goes while the same promise still breaks. */
import { simulate } from './simulate.ts';
import type { Step, Story } from './story.ts';

const MOST_RUNS = 150;

export type Breaks = (story: Story) => Promise<boolean>;

/** Whether a story still breaks that promise; after too many runs nothing does any more, so that shrinking ends. */
export function breaking(code: string): Breaks {
  let runs = 0;
  return async (story) => {
    runs += 1;
    return runs <= MOST_RUNS && (await simulate(story)).violation?.code === code;
  };
}

function without(story: Story, from: number, count: number): Story {
  return { ...story, steps: story.steps.filter((_, index) => index < from || index >= from + count) };
}

/** Takes out ever smaller pieces, as long as that helps. */
async function fewerSteps(story: Story, breaks: Breaks): Promise<Story> {
  let short = story;
  for (let piece = Math.ceil(short.steps.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let from = 0; from < short.steps.length;) {
      const candidate = without(short, from, piece);
      if (await breaks(candidate)) short = candidate;
      else from += piece;
    }
  }
  return short;
}

/** The same with less of each thing. */
function simpler(story: Story): Story[] {
  const { services, steps } = story;
  const halved = steps.flatMap((step, index) => {
    if (!('ms' in step) || step.ms < 2_000) return [];
    const shorter: Step = { ...step, ms: Math.round(step.ms / 2) };
    return [{ ...story, steps: steps.with(index, shorter) }];
  });
  return [
    ...(story.apis > 1 ? [{ ...story, apis: 1 }] : []),
    ...(services.length > 1 ? [{ ...story, services: services.slice(0, -1) }] : []),
    ...services.flatMap((service, index) => {
      const { replicas } = service;
      return replicas > 1 ? [{ ...story, services: services.with(index, { ...service, replicas: replicas - 1 }) }] : [];
    }),
    ...halved,
  ];
}

export async function shrink(story: Story, breaks: Breaks): Promise<Story> {
  let short = await fewerSteps(story, breaks);
  for (let again = true; again;) {
    again = false;
    for (const candidate of simpler(short)) {
      if (!(await breaks(candidate))) continue;
      short = candidate;
      again = true;
      break;
    }
  }
  return fewerSteps(short, breaks);
}
