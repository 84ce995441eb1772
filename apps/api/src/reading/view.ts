import { Inject, Injectable } from '@nestjs/common';
import type { ClusterState, Facts, ServerId } from '@techulus/domain';
import type { EventStore } from '@techulus/event-store';
import type { Clock } from '@techulus/ports';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { Hearing } from '../presence/hearing.ts';
import { type PresenceRow, presencesOf, readPresence } from '../presence/presence.ts';
import { CLOCK, EVENT_STORE } from '../tokens.ts';

/** What resources are shown from. Where the past is shown there is no presence: `reports` is null. */
export interface View extends Facts {
  readonly cluster: ClusterState;
  readonly reports: ReadonlyMap<ServerId, PresenceRow> | null;
}

const noIds = (): never => {
  throw new Error('a view makes no ids');
};

/** The past has no presence, so nothing is said of it. */
export function pastView(cluster: ClusterState, epoch: number): View {
  return { cluster, reports: null, presence: new Map(), now: cluster.at, epoch, newId: noIds };
}

@Injectable()
export class Views {
  constructor(
    private readonly live: LiveCluster,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly hearing: Hearing,
  ) {}

  /**
   * A server is not shown as silent for the time that nobody listened; `reports` says when it was really seen. The fold
   * moves on with the next await: show what is to be shown before it.
   */
  async now(): Promise<View> {
    const reports = await readPresence(this.store.rows);
    const { live, clock, hearing } = this;
    return {
      cluster: live.state,
      reports,
      presence: presencesOf(reports, hearing.since),
      now: clock.now(),
      epoch: live.epoch,
      newId: noIds,
    };
  }
}
