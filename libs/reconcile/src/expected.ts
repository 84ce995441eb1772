import type { DeploymentPart, Generation, PeerPart, RecordPart, RoutePart } from '@techulus/contract';

/** A section as the agent accepted it: all parts, with the generation and hash that the control plane proved. */
export interface ExpectedSection<P> {
  readonly generation: Generation;
  readonly hash: string;
  readonly parts: readonly P[];
}

/** What this server is to be; a section is absent until the control plane has sent it once. */
export interface ExpectedState {
  readonly serverId: string;
  readonly subnetId: number;
  readonly containers?: ExpectedSection<DeploymentPart>;
  readonly dns?: ExpectedSection<RecordPart>;
  readonly traefik?: ExpectedSection<RoutePart>;
  readonly wireguard?: ExpectedSection<PeerPart>;
}
