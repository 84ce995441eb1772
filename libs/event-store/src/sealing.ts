/**
 * What happens under the log's lock, without any I/O, so that both stores check and number alike: expected versions,
 * claims, positions, hashes.
 */
import type { Hash } from '@techulus/ports';
import { plainJson } from './canonical-json.ts';
import { ClaimConflict, ExpectedVersionConflict } from './errors.ts';
import type { Claim, ClaimKey, Commit, EventMeta, StoredEvent, StreamAppend } from './event-store.ts';
import { chainHash } from './hash-chain.ts';

export interface LogTip {
  position: number;
  hash: string;
  /** The versions of the streams that are appended to; one that is not named has no events. */
  versions: ReadonlyMap<string, number>;
  at: number;
}

export interface ClaimChanges {
  released: ClaimKey[];
  claimed: Claim[];
}

/** The events as they will be stored; throws when a stream is not where its append expects it. */
export function sealEvents(commits: readonly Commit[], tip: LogTip, hash: Hash): StoredEvent[] {
  const versions = new Map(tip.versions);
  const sealed: StoredEvent[] = [];
  let last = { position: tip.position, hash: tip.hash };
  for (const { append, meta } of commits.flatMap(appendsWithMeta)) {
    const version = versions.get(append.stream) ?? 0;
    if (version !== append.expectedVersion) {
      throw new ExpectedVersionConflict(append.stream, append.expectedVersion, version);
    }
    for (const [index, event] of append.events.entries()) {
      const unhashed = {
        position: last.position + 1,
        stream: append.stream,
        version: version + index + 1,
        type: event.type,
        schema: event.schema,
        data: plainJson(event.data),
        meta,
        at: tip.at,
      };
      const stored = { ...unhashed, hash: chainHash(last.hash, unhashed, hash) };
      sealed.push(stored);
      last = stored;
    }
    versions.set(append.stream, version + append.events.length);
  }
  return sealed;
}

function appendsWithMeta(commit: Commit): { append: StreamAppend; meta: EventMeta }[] {
  const meta = plainJson(commit.meta) as EventMeta;
  return commit.appends.map((append) => ({ append, meta }));
}

/** One text per (kind, key), for maps. */
export function claimId(claim: ClaimKey): string {
  return JSON.stringify([claim.kind, claim.key]);
}

/** What the claims table must lose and gain; throws when a key is held by another stream. */
export function settleClaims(commits: readonly Commit[], holders: ReadonlyMap<string, string>): ClaimChanges {
  const touched = new Map<string, { key: ClaimKey; holder: string | undefined }>();
  for (const commit of commits) {
    for (const key of commit.releases ?? []) touched.set(claimId(key), { key, holder: undefined });
    for (const claim of commit.claims ?? []) {
      const id = claimId(claim);
      const seen = touched.get(id);
      const holder = seen ? seen.holder : holders.get(id);
      if (holder !== undefined && holder !== claim.stream) throw new ClaimConflict(claim.kind, claim.key, holder);
      touched.set(id, { key: claim, holder: claim.stream });
    }
  }
  const changed = [...touched].filter(([id, { holder }]) => holders.get(id) !== holder);
  return {
    released: changed.filter(([id]) => holders.has(id)).map(([, { key }]) => ({ kind: key.kind, key: key.key })),
    claimed: changed.flatMap(([, { key, holder }]) =>
      holder === undefined ? [] : [{ kind: key.kind, key: key.key, stream: holder }],
    ),
  };
}

/** True when committing needs the log's lock at all: rows and jobs alone do not. */
export function touchesLog(commits: readonly Commit[]): boolean {
  return commits.some(
    ({ appends, claims, releases }) => appends.length > 0 || (claims ?? []).length > 0 || (releases ?? []).length > 0,
  );
}
