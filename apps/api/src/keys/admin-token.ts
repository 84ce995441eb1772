import { join } from 'node:path';
import type { EventStore } from '@techulus/event-store';
import { equalText, sha256Hex } from '@techulus/keys';
import type { Random } from '@techulus/ports';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

const KIND = 'admin_token';
const KEY = 'administrator';

interface AdminTokenRow {
  hash: string;
}

/** The one administrator's token, until there are accounts. Only its hash is stored. */
export class AdminToken {
  constructor(private readonly hash: string) {}

  matches(token: string): boolean {
    return equalText(sha256Hex(token), this.hash);
  }
}

/**
 * Made at the first start and written once to `admin-token`, for the operator to take and delete. The file comes first:
 * a token that was stored but never written down would lock everybody out.
 */
export async function openAdminToken(store: EventStore, stateDirectory: string, random: Random): Promise<AdminToken> {
  const path = join(stateDirectory, 'admin-token');
  const { result } = await store.transact(async ({ rows }) => {
    const known = await rows.getForUpdate<AdminTokenRow>(KIND, KEY);
    if (known !== undefined) return known.hash;
    const token = readSecretFile(path) ?? `tca_${Buffer.from(random.bytes(32)).toString('base64url')}`;
    writeSecretFile(path, `${token}\n`);
    const hash = sha256Hex(token);
    await rows.put(KIND, KEY, { hash } satisfies AdminTokenRow);
    return hash;
  });
  return new AdminToken(result);
}
