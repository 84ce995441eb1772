/** Where the agent keeps what; the environment moves it for tests. */
export interface Paths {
  readonly config: string;
  readonly identity: string;
  readonly expectedState: string;
  readonly ledger: string;
  readonly images: string;
  readonly sequence: string;
  readonly status: string;
  readonly state: string;
  readonly podmanSocket: string;
}

export function paths(env: Readonly<Record<string, string | undefined>>): Paths {
  const state = env['TECHULUS_AGENT_STATE'] ?? '/var/lib/techulus';
  return {
    config: env['TECHULUS_AGENT_CONFIG'] ?? '/etc/techulus/agent.json',
    identity: `${state}/identity.json`,
    expectedState: `${state}/expected-state.json`,
    ledger: `${state}/containers.json`,
    images: `${state}/images.json`,
    sequence: `${state}/sequence.json`,
    status: `${state}/status.json`,
    state,
    podmanSocket: env['TECHULUS_PODMAN_SOCKET'] ?? '/run/podman/podman.sock',
  };
}
