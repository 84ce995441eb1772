import { EVENT_SCHEMAS, streamOf } from '@techulus/domain';
import { type EventStore, ExpectedVersionConflict } from '@techulus/event-store';

const SETTINGS = { offlineAfterMs: 15_000, replacementGraceMs: 0 };

/** The first event of the log: the cluster and its settings. Whoever starts second finds it there. */
export async function ensureCluster(store: EventStore): Promise<void> {
  const head = await store.head();
  if (head.position > 0) return;
  const events = [{ type: 'cluster.created', schema: EVENT_SCHEMAS['cluster.created'], data: SETTINGS }];
  const appends = [{ stream: streamOf('cluster', 'main'), expectedVersion: 0, events }];
  try {
    await store.append({ appends, meta: { actor: 'system', because: 'first start' } });
  } catch (error) {
    if (!(error instanceof ExpectedVersionConflict)) throw error;
  }
}
