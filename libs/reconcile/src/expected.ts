import type { DeploymentPart, Generation, PeerPart, RecordPart, RoutePart } from '@techulus/contract';

/** A section as the agent accepted it: all parts, with the generation and hash that the control plane proved. */
export interface ExpectedSection<P> {
  readonly generation: Generation;
  readonly hash: string;
  readonly parts: readonly P[];
}

export interface ExpectedContainers extends ExpectedSection<DeploymentPart> {
  /** Of containers that are not among the parts, only these deployments' are stopped; undefined: all. */
  readonly stopOnly?: readonly string[];
}

/** What this server is to be; a section is absent until the control plane has sent it once. */
export interface ExpectedState {
  readonly serverId: string;
  readonly subnetId: number;
  readonly containers?: ExpectedContainers;
  readonly dns?: ExpectedSection<RecordPart>;
  readonly traefik?: ExpectedSection<RoutePart>;
  readonly wireguard?: ExpectedSection<PeerPart>;
}
