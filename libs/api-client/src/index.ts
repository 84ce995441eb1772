/** The REST surface as typed calls, generated from apps/api/openapi.json (`npm run openapi`). */
import { type Client, createClient, createConfig } from './generated/client/index.ts';
import type { ClientOptions } from './generated/types.gen.ts';

export * from './generated/index.ts';
export type { Client } from './generated/client/index.ts';

/** A client for one control plane; give it to each call as `client`. A refused call answers `error`, a problem (RFC 9457). */
export function connect(baseUrl: string, token: string): Client {
  return createClient(createConfig<ClientOptions>({ baseUrl, auth: () => token }));
}
