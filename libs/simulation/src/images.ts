/** What the images of the stories do; the name says it. */
export interface Behaviour {
  readonly exists: boolean;
  readonly pullMs: number;
  /** Ends with this code as soon as it is started. */
  readonly exits: number | null;
  /** Answers checks only after so long; Infinity: never. */
  readonly healthyAfterMs: number;
  /** Does not heed SIGTERM. */
  readonly deaf: boolean;
}

const GOOD: Behaviour = { exists: true, pullMs: 100, exits: null, healthyAfterMs: 0, deaf: false };

const BEHAVIOURS: Readonly<Record<string, Partial<Behaviour>>> = {
  good: {},
  slow: { pullMs: 9_000 },
  late: { healthyAfterMs: 7_000 },
  mute: { healthyAfterMs: Infinity },
  exits: { exits: 1 },
  deaf: { deaf: true },
  missing: { exists: false },
};

export const IMAGE_KINDS = Object.keys(BEHAVIOURS);

export function imageOf(kind: string, number: number): string {
  return `registry.sim/${kind}:${number}`;
}

export function behaviourOf(image: string): Behaviour {
  const kind = /^registry\.sim\/([a-z]+)/.exec(image)?.[1] ?? '';
  return { ...GOOD, ...BEHAVIOURS[kind] };
}

/** Whether a container of it can ever serve. */
export function canRun(image: string): boolean {
  const { exists, exits, healthyAfterMs } = behaviourOf(image);
  return exists && exits === null && healthyAfterMs !== Infinity;
}
