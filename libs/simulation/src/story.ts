/** A story: what an operator does to a cluster, and what befalls it meanwhile. Plain data, so that it can be cut and kept. */
import type { ApiPoint } from './api-process.ts';
import type { PodmanMood } from './podman.ts';

/** What an operator does. */
export type Order =
  | { readonly do: 'deploy'; readonly service: number; readonly image: string }
  | { readonly do: 'roll out again'; readonly service: number; readonly revisionsBack: number }
  | { readonly do: 'scale'; readonly service: number; readonly replicas: number }
  | { readonly do: 'cancel'; readonly service: number }
  | { readonly do: 'delete'; readonly service: number }
  | { readonly do: 'cordon' | 'uncordon' | 'drain'; readonly server: number }
  | { readonly do: 'remove'; readonly server: number; readonly force: boolean }
  | { readonly do: 'add a server' };

/** What befalls the control plane; `ms`: for so long. */
export type ApiFault =
  | { readonly do: 'kill api'; readonly api: number; readonly point: ApiPoint | 'now'; readonly downMs: number }
  | { readonly do: 'control plane away'; readonly ms: number }
  | { readonly do: 'cut everybody'; readonly ms: number }
  | { readonly do: 'clock jumps'; readonly byMs: number }
  | { readonly do: 'slow commits'; readonly api: number; readonly upToMs: number; readonly ms: number }
  | { readonly do: 'lagging fold'; readonly api: number; readonly upToMs: number; readonly ms: number }
  | { readonly do: 'bad jobs'; readonly copies: number; readonly lateMs: number; readonly ms: number };

/** What befalls a machine. */
export type MachineFault =
  | { readonly do: 'kill agent'; readonly server: number; readonly afterSteps: number; readonly downMs: number }
  | { readonly do: 'lose state'; readonly server: number; readonly downMs: number }
  | { readonly do: 'reboot'; readonly server: number; readonly downMs: number }
  | { readonly do: 'cut'; readonly server: number; readonly direction: 'both' | 'out' | 'back'; readonly ms: number }
  | {
      readonly do: 'weather';
      readonly server: number;
      readonly loss: number;
      readonly duplicates: number;
      readonly upToMs: number;
      readonly ms: number;
    }
  | { readonly do: 'podman'; readonly server: number; readonly mood: PodmanMood; readonly ms: number }
  | { readonly do: 'rough sections'; readonly server: number; readonly ms: number }
  | { readonly do: 'missing image'; readonly server: number; readonly ms: number }
  | { readonly do: 'flapping'; readonly server: number; readonly probability: number; readonly ms: number }
  | { readonly do: 'kill container' | 'remove container'; readonly server: number; readonly which: number }
  | { readonly do: 'clock off'; readonly server: number; readonly byMs: number; readonly ms: number };

export type Fault = ApiFault | MachineFault;

/** `at`: milliseconds since the cluster stood. */
export type Step = { readonly at: number } & (Order | Fault);

/** How a service begins. */
export interface StartedService {
  readonly replicas: number;
  readonly order: 'start-first' | 'stop-first';
}

export interface Story {
  readonly seed: number;
  readonly apis: number;
  readonly servers: number;
  readonly services: readonly StartedService[];
  readonly steps: readonly Step[];
}

const DISTURBS: ReadonlySet<Step['do']> = new Set<Step['do']>([
  'reboot',
  'flapping',
  'kill container',
  'remove container',
  'clock off',
  'clock jumps',
]);

/** Nothing in it ends a container that serves, but for what the operator asks. */
export function leavesContainersAlone(story: Story): boolean {
  return !story.steps.some((step) => DISTURBS.has(step.do) || (step.do === 'remove' && step.force));
}

/** When the last fault has ended. */
export function endOf(story: Story): number {
  const ends = story.steps.map((step) => step.at + ('ms' in step ? step.ms : 'downMs' in step ? step.downMs : 0));
  return Math.max(0, ...ends);
}

export function describe(step: Step): string {
  const { at, do: what, ...more } = step;
  const words = Object.entries(more).map(([name, value]) => `${name} ${String(value)}`);
  return `${(at / 1000).toFixed(1).padStart(6)} s  ${what}${words.length === 0 ? '' : ` (${words.join(', ')})`}`;
}
