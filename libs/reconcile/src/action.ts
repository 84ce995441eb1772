import type { DeploymentPart, Generation, PeerPart, RecordPart, RoutePart } from '@techulus/contract';

/** One change to this server: plain data with the reason. `key` identifies it for backoff, `<kind>/<key>`. */
interface ActionBase<K extends string> {
  readonly kind: K;
  readonly key: string;
  readonly because: string;
}

export interface TerminateContainer extends ActionBase<'terminate_container'> {
  readonly containerId: string;
  readonly signal: 'SIGTERM' | 'SIGKILL';
}
export interface RemoveContainer extends ActionBase<'remove_container'> {
  readonly containerId: string;
}
export interface StartContainer extends ActionBase<'start_container'> {
  readonly containerId: string;
}
export interface PullImage extends ActionBase<'pull_image'> {
  readonly part: DeploymentPart;
}
export interface CreateContainer extends ActionBase<'create_container'> {
  readonly part: DeploymentPart;
}
export interface ApplyDns extends ActionBase<'apply_dns'> {
  readonly generation: Generation;
  readonly hash: string;
  readonly records: readonly RecordPart[];
}
export interface ApplyTraefik extends ActionBase<'apply_traefik'> {
  readonly generation: Generation;
  readonly hash: string;
  readonly routes: readonly RoutePart[];
}
export interface ApplyWireguard extends ActionBase<'apply_wireguard'> {
  readonly subnetId: number;
  readonly peers: readonly PeerPart[];
}

export type Action =
  | TerminateContainer
  | RemoveContainer
  | StartContainer
  | PullImage
  | CreateContainer
  | ApplyDns
  | ApplyTraefik
  | ApplyWireguard;

export type ActionKind = Action['kind'];
export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** What an effector says it did. `retry`: not now, look again after so many milliseconds. `refused`: needs a person. */
export type Outcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'retry'; readonly afterMs: number; readonly message: string }
  | { readonly outcome: 'refused'; readonly message: string };

/** Applies one kind of action; idempotent, decides nothing, has its own deadline. */
export type Effector<K extends ActionKind> = (action: ActionOf<K>, signal: AbortSignal) => Promise<Outcome>;
export type Effectors = { readonly [K in ActionKind]: Effector<K> };
