import type { Hash } from '@techulus/ports';
import { canonicalJson } from './canonical-json.ts';
import type { EventStore, StoredEvent } from './event-store.ts';

/** What the first event is chained to. */
export const GENESIS_HASH = '0'.repeat(64);

export type UnhashedEvent = Omit<StoredEvent, 'hash'>;

/** A place in the chain that was noted outside of the database: in a log line, or by an agent. */
export interface Anchor {
  position: number;
  hash: string;
}

export type Verification =
  | { ok: true; head: Anchor }
  | { ok: false; position: number; reason: 'missing' | 'changed' | 'differs_from_anchor' | 'truncated' };

/** The hash of an event covers all of it and the hash before it, so a changed, dropped or reordered event shows. */
export function chainHash(previous: string, event: UnhashedEvent, hash: Hash): string {
  const { position, stream, version, type, schema, data, meta, at } = event;
  return hash(previous + canonicalJson({ position, stream, version, type, schema, data, meta, at }));
}

/**
 * Follows the chain from its beginning and stops at the first position that is not what it should be. Events cut off at
 * the end leave a sound chain: only an anchor shows them.
 */
export async function verifyChain(
  events: AsyncIterable<StoredEvent>,
  hash: Hash,
  anchor?: Anchor,
): Promise<Verification> {
  let head: Anchor = { position: 0, hash: GENESIS_HASH };
  for await (const event of events) {
    const position = head.position + 1;
    if (event.position !== position) return { ok: false, position, reason: 'missing' };
    if (chainHash(head.hash, event, hash) !== event.hash) return { ok: false, position, reason: 'changed' };
    if (anchor?.position === position && anchor.hash !== event.hash) {
      return { ok: false, position, reason: 'differs_from_anchor' };
    }
    head = { position, hash: event.hash };
  }
  if (anchor && anchor.position > head.position) return { ok: false, position: head.position + 1, reason: 'truncated' };
  return { ok: true, head };
}

/** Verifies a store's whole log. */
export function verifyLog(store: Pick<EventStore, 'read'>, hash: Hash, anchor?: Anchor): Promise<Verification> {
  return verifyChain(readAll(store), hash, anchor);
}

/** Every event of the log (or of one stream), read in pages. */
export async function* readAll(
  store: Pick<EventStore, 'read'>,
  options: { after?: number; stream?: string; pageSize?: number } = {},
): AsyncGenerator<StoredEvent> {
  const limit = options.pageSize ?? 1000;
  const stream = options.stream === undefined ? {} : { stream: options.stream };
  let after = options.after ?? 0;
  for (;;) {
    const page = await store.read({ after, limit, ...stream });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < limit) return;
    after = last.position;
  }
}
